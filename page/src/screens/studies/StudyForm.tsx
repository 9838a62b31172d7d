/** Name, note and groups of a study. */
import { useState } from "preact/hooks";
import type { Study } from "../../api/types";
import { Dialog, NameField } from "../../parts/Dialog";
import { TextInput } from "../../parts/TextInput";
import { texts } from "../../texts";

interface Props {
  title: string;
  study?: Study;
  onSave: (name: string, note: string, groups: string[]) => Promise<void>;
  onClose: () => void;
}

/** "control, treated" -> the names, each once. */
export function parseGroups(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  return [...new Set(names.filter((name) => name.length > 0))];
}

export function StudyForm({ title, study, onSave, onClose }: Props) {
  const [name, setName] = useState(study?.name ?? "");
  const [note, setNote] = useState(study?.note ?? "");
  const [groups, setGroups] = useState(study?.groups.join(", ") ?? "");
  return (
    <Dialog
      title={title}
      action={texts.common.save}
      onDone={() => onSave(name.trim(), note, parseGroups(groups))}
      onClose={onClose}
    >
      <NameField name={name} onName={setName} test="study-name" />
      <label class="field">
        <span>
          {texts.studies.groups} <small>{texts.studies.groupsHelp}</small>
        </span>
        <TextInput value={groups} onText={setGroups} data-test="study-groups" />
      </label>
      <label class="field">
        <span>{texts.common.note}</span>
        <TextInput lines={3} value={note} onText={setNote} />
      </label>
    </Dialog>
  );
}

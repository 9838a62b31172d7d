/** A field for a name or a note, which says where its text holds what it may not hold. */
import { useRef, useState } from "preact/hooks";
import { cleaned } from "../logic/names";
import { texts } from "../texts";

interface Props {
  class?: string;
  required?: boolean;
  maxLength?: number;
  placeholder?: string;
  title?: string;
  value?: string;
  defaultValue?: string;
  "aria-label"?: string;
  "data-test"?: string;
  /** A note: several lines. */
  lines?: number;
  /** Told of each change. */
  onText?: (text: string) => void;
  /** Told when the field is left with another text, which may be kept. */
  onSave?: (text: string) => void;
}

export function TextInput({ lines, onText, onSave, ...attributes }: Props) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const [marked, setMarked] = useState(false);
  const may = (text: string) => cleaned(text, lines !== undefined);
  const look = () => {
    const text = field.current?.value ?? "";
    const wrong = may(text) !== text;
    setMarked(wrong);
    // A form with such a field can't be sent.
    field.current?.setCustomValidity(wrong ? texts.errors.marks : "");
    onText?.(text);
  };
  const keep = () => {
    const text = field.current?.value ?? "";
    if (may(text) === text) onSave?.(text);
  };
  const clean = () => {
    if (!field.current) return;
    field.current.value = may(field.current.value);
    field.current.focus();
    look();
    keep();
  };
  const common = { ref: field, onInput: look, onChange: keep, "aria-invalid": marked };
  return (
    <>
      {lines === undefined ? (
        <input type="text" {...attributes} {...common} />
      ) : (
        <textarea rows={lines} {...attributes} {...common} />
      )}
      {marked && (
        <span class="field-problem" role="alert">
          {texts.errors.marks}{" "}
          <button type="button" class="button small" onClick={clean}>
            {texts.errors.removeMarks}
          </button>
        </span>
      )}
    </>
  );
}

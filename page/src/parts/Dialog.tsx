/** A question before what can't be undone, and small forms: the browser's own dialog. */
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { texts } from "../texts";
import { TextInput } from "./TextInput";

interface Props {
  title: string;
  action: string;
  danger?: boolean;
  /** Where there is no way back: what else can be done, in the place of "Cancel". */
  other?: { label: string; onDone: () => void };
  children: ComponentChildren;
  onDone: () => void | Promise<void>;
  onClose: () => void;
}

export function Dialog(props: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    element.current?.showModal();
    return () => before?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    await props.onDone();
  };
  return (
    <dialog ref={element} class="dialog" aria-labelledby="dialog-title" onClose={props.onClose}>
      <form onSubmit={submit}>
        <h2 id="dialog-title">{props.title}</h2>
        {props.children}
        <div class="dialog-actions">
          {props.other ? (
            <button type="button" class="button danger" onClick={props.other.onDone} data-test="dialog-other">
              {props.other.label}
            </button>
          ) : (
            <button type="button" class="button" onClick={props.onClose}>
              {texts.common.cancel}
            </button>
          )}
          <button type="submit" class={props.danger ? "button danger" : "button primary"}>
            {props.action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

type Question = Pick<Props, "title" | "children" | "onDone" | "onClose">;

/** Asks before something is deleted. */
export function DeleteDialog(props: Question) {
  return <Dialog {...props} action={texts.common.delete} danger />;
}

export function NameField(props: { name: string; onName: (name: string) => void; test: string }) {
  return (
    <label class="field">
      <span>{texts.common.name}</span>
      <TextInput required maxLength={200} value={props.name} onText={props.onName} data-test={props.test} />
    </label>
  );
}

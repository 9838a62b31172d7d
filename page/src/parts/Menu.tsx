/** A button that opens what is needed now and then; Escape and a press elsewhere close it. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./Icon";

interface Props {
  label: string;
  icon: IconName;
  children: ComponentChildren;
}

export function Menu({ label, icon, children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    const press = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("keydown", key);
    document.addEventListener("pointerdown", press);
    return () => {
      document.removeEventListener("keydown", key);
      document.removeEventListener("pointerdown", press);
    };
  }, [open]);
  return (
    <div class="menu" ref={box}>
      <button
        ref={button}
        type="button"
        class="button"
        aria-expanded={open}
        aria-controls="menu-panel"
        onClick={() => setOpen(!open)}
        data-test="menu"
      >
        <Icon name={icon} /> {label}
      </button>
      <div
        id="menu-panel"
        class="menu-panel panel"
        role="group"
        aria-label={label}
        hidden={!open}
        onClick={(event) => (event.target as Element).closest("[data-closes]") && setOpen(false)}
      >
        {children}
      </div>
    </div>
  );
}

/** The head of one session or study: the way back, its name, and buttons that change or delete it. */
import type { ComponentChildren } from "preact";
import { routeHash, type Screen } from "../logic/route";
import { Icon } from "./Icon";

interface Props {
  list: Screen;
  back: string;
  name: string;
  change: string;
  remove: string;
  onChange: () => void;
  onRemove: () => void;
  children?: ComponentChildren;
}

export function ItemHead({ list, back, name, change, remove, onChange, onRemove, children }: Props) {
  return (
    <header class="item-head">
      <BackLink list={list} label={back} />
      <div class="item-title">
        <h1>{name}</h1>
        <button type="button" class="plain" aria-label={change} title={change} onClick={onChange}>
          <Icon name="edit" />
        </button>
        <button type="button" class="plain" aria-label={remove} title={remove} onClick={onRemove}>
          <Icon name="trash" />
        </button>
      </div>
      {children}
    </header>
  );
}

export function BackLink({ list, label }: { list: Screen; label: string }) {
  return (
    <a class="back" href={routeHash(list)}>
      <Icon name="back" /> {label}
    </a>
  );
}

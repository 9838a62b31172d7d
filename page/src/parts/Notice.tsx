/** What is said where there is nothing to show, or where something failed. */
import type { ComponentChildren } from "preact";
import { sentence } from "../logic/words";
import { Icon, type IconName } from "./Icon";

export function Empty(props: { icon: IconName; title: string; text?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      {props.text && <p>{props.text}</p>}
      {props.children}
    </div>
  );
}

export function Problem(props: { text: string; children?: ComponentChildren }) {
  return (
    <div class="problem" role="alert">
      <Icon name="warn" />
      <p>{sentence(props.text)}</p>
      {props.children}
    </div>
  );
}

/** The frame around all screens. */
import { Component, type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { SCREENS, routeHash, type Screen } from "./logic/route";
import { sentence } from "./logic/words";
import { Dialog } from "./parts/Dialog";
import { Icon, type IconName } from "./parts/Icon";
import { Empty, Problem } from "./parts/Notice";
import { LookChoice } from "./parts/LookChoice";
import { About } from "./screens/about/About";
import { Files } from "./screens/files/Files";
import { Live } from "./screens/live/Live";
import { Sessions } from "./screens/sessions/Sessions";
import { Studies } from "./screens/studies/Studies";
import { answer, asked } from "./state/leaving";
import { route } from "./state/route";
import { dismiss, say, spoken, toasts } from "./state/say";
import { arrivals, atHome, refusal, serverState } from "./state/server";
import { texts } from "./texts";

const ICONS: Record<Screen, IconName> = {
  live: "live",
  files: "files",
  sessions: "sessions",
  studies: "studies",
  about: "about",
};

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M6 13a10 10 0 0 0 20 0" />
      <path class="needle" d="M16 13l5 6" />
      <circle cx="16" cy="13" r="1.900" />
      <path class="ticks" d="M2.700 13h.01M29.300 13h.01M5 20.400h.01M27 20.400h.01M9.600 25h.01M22.400 25h.01M16 26.500h.01" />
    </svg>
  );
}

function Header() {
  const current = route.value.screen;
  return (
    <header class="top">
      <a class="brand" href={routeHash("live")}>
        <Mark />
        <span>{texts.name}</span>
      </a>
      <nav class="nav" aria-label={texts.nav.label}>
        {SCREENS.map((screen) => (
          <a key={screen} href={routeHash(screen)} aria-current={screen === current ? "page" : undefined}>
            <Icon name={ICONS[screen]} />
            <span>{texts.nav[screen]}</span>
          </a>
        ))}
      </nav>
      <LookChoice />
    </header>
  );
}

function ServerBanner() {
  const state = serverState.value;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === "down" && state === "up") say(texts.server.back);
    before.current = state;
  }, [state]);
  if (state !== "down" && state !== "refused") return null;
  const down = state === "down";
  return (
    <div class="banner" role="alert" data-test="server-banner">
      <Icon name="warn" />
      <p>
        <strong>{down ? texts.server.downTitle : texts.server.refusedTitle}</strong>{" "}
        {down ? texts.server.downHelp : (refusal.value ?? texts.server.refusedHelp)}
      </p>
    </div>
  );
}

function Footer() {
  const state = serverState.value;
  const word = texts.server[state];
  return (
    <footer class="foot">
      <p data-test="tagline">{texts.tagline}</p>
      <p class="foot-server">
        <span class={`lamp ${state}`} aria-hidden="true" />
        {word}
        <span class="foot-local">, {atHome ? texts.server.local : texts.server.remote(location.hostname)}</span>
      </p>
    </footer>
  );
}

/** Asked before something that can't be gone back to is left. */
function LeaveDialog() {
  const question = asked.value?.question;
  if (!question) return null;
  return (
    <Dialog title={question.title} action={question.action} danger onDone={() => answer(true)} onClose={() => answer(false)}>
      <p>{question.text}</p>
    </Dialog>
  );
}

function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map((toast) => (
        <div key={toast.key} class={`toast ${toast.kind}`}>
          <Icon name={toast.kind === "problem" ? "warn" : "check"} />
          <span>{sentence(toast.text)}</span>
          <button type="button" class="plain" aria-label={texts.common.dismiss} onClick={() => dismiss(toast.key)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

/** A fault in one screen leaves the others usable. */
class Guard extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };
  static override getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Problem text={texts.errors.page}>
        <button type="button" class="button" onClick={() => this.setState({ failed: false })}>
          {texts.errors.again}
        </button>
      </Problem>
    );
  }
}

/** The address was cut or mistyped. */
function Lost() {
  return (
    <Empty icon="warn" title={texts.lost.title} text={texts.lost.text(location.hash)}>
      <a class="button primary" href={routeHash(route.value.screen)}>
        {texts.lost.to(texts.titles[route.value.screen])}
      </a>
    </Empty>
  );
}

function Shown() {
  if (route.value.lost) return <Lost />;
  switch (route.value.screen) {
    case "live":
      return <Live />;
    case "files":
      return <Files item={route.value.item} />;
    case "sessions":
      return <Sessions item={route.value.item} />;
    case "studies":
      return <Studies item={route.value.item} />;
    case "about":
      return <About />;
  }
}

export function App() {
  const { screen, item } = route.value;
  useEffect(() => {
    document.title = `${texts.titles[screen]} \u2013 ${texts.name}`;
  }, [screen]);
  const shown = useRef(routeHash(screen, item));
  useEffect(() => {
    const now = routeHash(screen, item);
    if (shown.current === now) return;
    shown.current = now;
    // The link that led here may be gone; what it opened is read next, from its top.
    if (item !== null) scrollTo(0, 0);
    if (document.activeElement === document.body) document.getElementById("content")?.focus({ preventScroll: true });
  }, [screen, item]);
  const skip = (event: Event) => {
    event.preventDefault();
    document.getElementById("content")?.focus();
  };
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        {texts.skip}
      </a>
      <Header />
      <ServerBanner />
      <main id="content" tabIndex={-1} key={`${screen}`} data-arrivals={arrivals.value}>
        <Guard key={screen}>
          <Shown />
        </Guard>
      </main>
      <Footer />
      <Toasts />
      <LeaveDialog />
      <div class="hidden-text" aria-live="polite">
        {spoken.value}
      </div>
    </>
  );
}

/** What is read of a face, each by a switch; age and gender by one. The last one stays on. */
import { capital, taskName } from "../logic/words";
import { hasMesh, meshOn, switchTasks, tasksWanted } from "../state/reading";
import { tasksOf } from "../state/server";
import { texts } from "../texts";
import { Switch } from "./Tabs";

const TOGETHER = ["age", "gender"];

export function TaskSwitches({ set, onChange }: { set: string; onChange: () => void }) {
  const tasks = tasksOf(set).filter((task) => task !== "mesh");
  const both = tasks.filter((task) => TOGETHER.includes(task));
  const groups = [...tasks.filter((task) => !both.includes(task)).map((task) => [task]), ...(both.length ? [both] : [])];
  const wanted = tasksWanted(set).filter((task) => task !== "mesh");
  return (
    <fieldset class="tasks" data-test="tasks">
      <legend>{texts.live.whatIsRead}</legend>
      {groups.map((group) => (
        <Switch
          key={group.join()}
          label={group.length > 1 ? texts.live.ageAndGender : capital(taskName(group[0] as string))}
          on={group.some((task) => wanted.includes(task))}
          disabled={wanted.every((task) => group.includes(task))}
          onChange={(on) => (switchTasks(group, on), onChange())}
        />
      ))}
      {hasMesh(set) && (
        <Switch label={capital(taskName("mesh"))} on={meshOn.value} onChange={(on) => ((meshOn.value = on), onChange())} />
      )}
    </fieldset>
  );
}

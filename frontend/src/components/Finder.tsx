/** A text field that finds one of many names: columns, genes. */

import { useId } from "preact/hooks";

export interface Choice {
  value: string;
  label: string;
}

interface Props {
  name: string;
  choices: Choice[];
  placeholder: string;
  onPick: (value: string) => void;
  /** The present choice; where absent the field empties after each pick. */
  value?: string;
}

export function Finder({ name, choices, placeholder, onPick, value }: Props) {
  const id = useId();
  const shown = choices.find((each) => each.value === value)?.label ?? "";
  const take = (field: HTMLInputElement) => {
    const text = field.value.trim().toLowerCase();
    const found = choices.find((each) => each.label.toLowerCase() === text || each.value.toLowerCase() === text);
    if (!found || found.value === value) return;
    if (value === undefined) field.value = "";
    onPick(found.value);
  };
  return (
    <label class="field pick">
      <span>{name}</span>
      <input
        type="search"
        list={id}
        value={shown}
        placeholder={placeholder}
        autocomplete="off"
        onInput={(event) => take(event.currentTarget)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={(event) => {
          if (value !== undefined) event.currentTarget.value = shown;
        }}
      />
      <datalist id={id}>
        {choices.map((each) => (
          <option key={each.value} value={each.label} />
        ))}
      </datalist>
    </label>
  );
}

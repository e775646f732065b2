// A PIN by a keypad for gloves; a keyboard works as well. What was typed is never shown.

import { useEffect, useRef } from "preact/hooks";
import { LONGEST, SHORTEST } from "../core/pin";
import { t } from "../messages";
import { Icon } from "./icons";

interface Props {
  label: string;
  pin: string;
  disabled: boolean;
  button: string;
  onPin: (pin: string) => void;
  onDone: () => void;
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** The field, ten digits, erase, and the button that uses it. */
export function Keypad({ label, pin, disabled, button, onPin, onDone }: Props) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [label]);
  const take = (text: string): void => onPin(text.replaceAll(/[^0-9]/g, "").slice(0, LONGEST));
  const Key = ({ digit }: { digit: string }) => (
    <button type="button" class="button key" disabled={disabled} onClick={() => take(pin + digit)}>
      {digit}
    </button>
  );
  return (
    <form
      class="keypad"
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (!disabled && pin.length >= SHORTEST) onDone();
      }}
    >
      <label class="field keypad-field">
        <span>{label}</span>
        {/* The keypad below stands for the keyboard of the screen; one with cable or radio still types. */}
        <input
          ref={field}
          type="password"
          inputMode="none"
          autocomplete="off"
          maxLength={LONGEST}
          disabled={disabled}
          value={pin}
          onInput={(event) => take(event.currentTarget.value)}
        />
      </label>
      {KEYS.map((digit) => (
        <Key key={digit} digit={digit} />
      ))}
      <button
        type="button"
        class="button key"
        aria-label={t().door.erase}
        disabled={disabled || pin === ""}
        onClick={() => take(pin.slice(0, -1))}
      >
        <Icon name="erase" />
      </button>
      <Key digit="0" />
      <button class="button button-main key key-done" disabled={disabled || pin.length < SHORTEST}>
        {button}
      </button>
    </form>
  );
}

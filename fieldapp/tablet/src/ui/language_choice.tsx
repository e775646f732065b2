// Which language the screens speak; each is named in itself.

import { t } from "../messages";
import { LANGUAGES, language, type Language } from "../messages/language";
import { speak } from "./actions";

/** One button a language. */
export function LanguageChoice() {
  return (
    <div class="languages" role="group" aria-label={t().common.language}>
      {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
        <button
          key={code}
          type="button"
          class="button"
          lang={code}
          aria-pressed={language.value === code}
          onClick={() => void speak(code)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/// A button that unfolds a list of check boxes: any number of choices in little room.

import { useEffect, useRef } from 'preact/hooks';

interface ChoiceMenuProperties {
    label: string;
    choices: readonly { key: string; title: string }[];
    chosen: readonly string[];
    onChoose: (chosen: readonly string[]) => void;
    /// What is said if nothing is chosen.
    none: string;
}

export function ChoiceMenu({ label, choices, chosen, onChoose, none }: ChoiceMenuProperties) {
    const element = useRef<HTMLDetailsElement>(null);
    useEffect(() => {
        const closeOutside = (event: Event) => {
            const menu = element.current;
            if (menu?.open && !menu.contains(event.target as Node)) menu.open = false;
        };
        document.addEventListener('pointerdown', closeOutside);
        document.addEventListener('focusin', closeOutside);
        return () => {
            document.removeEventListener('pointerdown', closeOutside);
            document.removeEventListener('focusin', closeOutside);
        };
    }, []);
    const titles = choices.filter(({ key }) => chosen.includes(key)).map(({ title }) => title);
    const summary = titles.length === 0 ? none : titles.length <= 2 ? titles.join(', ') : `${titles.length} chosen`;
    return (
        <details
            ref={element}
            class="choice-menu"
            onKeyDown={(event) => {
                if (event.key !== 'Escape' || !element.current?.open) return;
                element.current.open = false;
                element.current.querySelector('summary')?.focus();
            }}
        >
            <summary>
                <span class="menu-label">{label}</span>
                <span class="menu-value">{summary}</span>
            </summary>
            <fieldset>
                <legend class="hidden-visually">{label}</legend>
                {choices.map(({ key, title }) => (
                    <label key={key} class="check-label">
                        <input
                            type="checkbox"
                            checked={chosen.includes(key)}
                            onChange={(event) =>
                                onChoose(
                                    choices
                                        .filter((choice) => (choice.key === key ? event.currentTarget.checked : chosen.includes(choice.key)))
                                        .map((choice) => choice.key),
                                )
                            }
                        />
                        {title}
                    </label>
                ))}
            </fieldset>
        </details>
    );
}

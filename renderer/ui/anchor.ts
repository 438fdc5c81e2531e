import { createAttachmentKey, type Attachment } from 'svelte/attachments';

/** What a trigger's snippet spreads onto its button: `<Button {...props}>`. The browser opens and closes; `aria-expanded` follows by itself. */
export interface TriggerProps {
  popovertarget: string;
  'aria-haspopup': 'menu' | 'dialog' | 'listbox';
  [attachment: symbol]: Attachment<HTMLElement>;
}

/** Props for the button that opens the popover `id`; `onanchor` is told which element that is. */
export function triggerProps(id: string, haspopup: TriggerProps['aria-haspopup'], onanchor: (element: HTMLElement) => void): TriggerProps {
  return {
    popovertarget: id,
    'aria-haspopup': haspopup,
    [createAttachmentKey()]: (element: HTMLElement) => {
      onanchor(element);
    },
  };
}

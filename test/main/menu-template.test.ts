import { describe, expect, test, vi } from 'vitest';
import type { RecentView } from '../../electron/contract/domain.ts';
import { menuTemplate } from '../../electron/main/menu-template.ts';
import type { MenuActions, MenuItem, MenuState } from '../../electron/main/menu-template.ts';

const usual: MenuState = { platform: 'linux', isPackaged: true, recents: [], hasProject: false, isEngineLost: false };

function menu(state: Partial<MenuState> = {}) {
  const actions = {
    ...{ openFolder: vi.fn(), openProject: vi.fn(), openRecent: vi.fn(), closeProject: vi.fn() },
    ...{ restartEngine: vi.fn(), showLog: vi.fn(), openHelpPage: vi.fn() },
  } satisfies MenuActions;
  const template = menuTemplate({ ...usual, ...state }, actions);
  const all: MenuItem[] = [];
  const collect = (items: readonly MenuItem[]): void => {
    for (const item of items) {
      all.push(item);
      collect(item.submenu ?? []);
    }
  };
  collect(template);
  const item = (label: string): MenuItem => all.find((one) => one.label?.replaceAll('&', '') === label.replaceAll('&', ''))!;
  return { template, all, item, actions, roles: all.flatMap(({ role }) => (role === undefined ? [] : [role])) };
}

const recent = (name: string, exists = true): RecentView => ({ path: `/p/${name}.acclimate`, name, openedAt: 0, exists, numImages: 1 });

describe('the menu', () => {
  test('does what its items say', () => {
    const { item, actions } = menu({ hasProject: true, isEngineLost: true });
    for (const [label, action] of [
      ['Open Folder…', actions.openFolder],
      ['Open Project…', actions.openProject],
      ['Close Project', actions.closeProject],
      ['Start the Engine Again', actions.restartEngine],
      ['Show Log', actions.showLog],
      ['Running Exported Models (ONNX Runtime)', actions.openHelpPage],
    ] as const) {
      item(label).click!();
      expect(action).toHaveBeenCalledTimes(1);
    }
  });

  test('offers what can be done only where it can', () => {
    expect(menu().item('Close Project').enabled).toBe(false);
    expect(menu({ hasProject: true }).item('Close Project').enabled).toBe(true);
    expect(menu().item('Start the Engine Again').enabled).toBe(false);
    expect(menu({ isEngineLost: true }).item('Start the Engine Again').enabled).toBe(true);
    expect(menu().item('Open Recent').enabled).toBe(false);
  });

  test('lists ten recent projects that are there, their names as they are', () => {
    const recents = [recent('gone', false), recent('cats & dogs'), ...Array.from({ length: 12 }, (_, i) => recent(`p${i}`))];
    const { item, actions } = menu({ recents });
    const { submenu, enabled } = item('Open Recent');
    expect(enabled).toBe(true);
    expect(submenu!.map(({ label }) => label)).toEqual(['cats && dogs', ...Array.from({ length: 9 }, (_, i) => `p${i}`)]);
    submenu![0]!.click!();
    expect(actions.openRecent).toHaveBeenCalledExactlyOnceWith('/p/cats & dogs.acclimate');
  });

  test('keeps to each system’s ways', () => {
    const mac = menu({ platform: 'darwin' });
    expect(mac.template[0]).toEqual({ role: 'appMenu' });
    expect(mac.roles).toContain('close');
    expect(mac.roles).not.toContain('quit');
    expect(mac.roles).not.toContain('about');
    for (const platform of ['linux', 'win32'] as const) {
      const { roles } = menu({ platform });
      expect(roles).not.toContain('appMenu');
      expect(roles).toEqual(expect.arrayContaining(['quit', 'about', 'editMenu', 'windowMenu']));
    }
  });

  test('holds the tools of developers in a checkout only', () => {
    expect(menu({ isPackaged: false }).roles).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']));
    expect(menu().roles.filter((role) => /reload|devtools/i.test(role))).toEqual([]);
  });

  test('gives no shortcut twice', () => {
    const keys = menu().all.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator]));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('CmdOrCtrl+O');
  });
});

import { describe, expect, test } from '@jest/globals';
import { loadBundleFromPack } from '../../src/bundle/load-bundle.js';
import { ARENA, faultsWith, loadWith, SOUND, type Texts } from '../helpers/bundle-texts.js';

const SKILL = '---\nname: pay\ndescription: For money.\n---\nTake it.\n';

const withSkills = (skills: string, files: Texts = {}): Texts => ({
  ...files,
  [ARENA]: `${SOUND[ARENA]}  skills: ${skills}\n`,
});

describe('skills of a bundle', () => {
  test('travel with it', () => {
    const files = withSkills('[{ path: skills }]', { 'skills/pay/SKILL.md': SKILL, 'skills/pay/a/b.md': 'More.' });
    const { bundle, packed } = loadWith(files);
    const again = loadBundleFromPack(packed ?? new Uint8Array());
    for (const each of [bundle, again]) {
      expect(each?.skills.get('pay')).toMatchObject({
        description: 'For money.',
        instructions: 'Take it.',
        folder: 'skills/pay',
        resources: new Map([['a/b.md', 'skills/pay/a/b.md']]),
      });
    }
  });

  test('keep the files of a skill below another one apart', () => {
    const { bundle } = loadWith(
      withSkills('[{ path: skills }]', {
        'skills/pay/SKILL.md': SKILL,
        'skills/pay/x.md': '',
        'skills/pay/back/SKILL.md': SKILL.replace('pay', 'back'),
        'skills/pay/back/y.md': '',
      }),
    );
    expect([...(bundle?.skills.get('pay')?.resources.keys() ?? [])]).toEqual(['x.md']);
    expect([...(bundle?.skills.get('back')?.resources.keys() ?? [])]).toEqual(['y.md']);
  });

  test('listed twice are preloaded when one entry says so', () => {
    const { bundle } = loadWith(
      withSkills('[{ path: skills }, { path: skills/pay, preload: true }]', { 'skills/pay/SKILL.md': SKILL }),
    );
    expect(bundle?.skills.get('pay')?.preload).toBe(true);
  });

  const file = 'skills/pay/SKILL.md';

  test.each<[string, string, Texts, string[]]>([
    [
      'outside',
      '[{ path: ../skills }]',
      {},
      [
        `${ARENA}:20:14 ../skills lies outside the bundle’s folder, move the skills below the Arena file: they travel with the bundle`,
      ],
    ],
    [
      'at the root',
      '[{ dir: /skills }]',
      {},
      [
        `${ARENA}:20:14 /skills lies outside the bundle’s folder, move the skills below the Arena file: they travel with the bundle`,
      ],
    ],
    [
      'that are not there',
      '[{ path: skils }]',
      { [file]: SKILL },
      [`${ARENA}:20:14 skils holds no skill, a skill is a folder with a SKILL.md`],
    ],
    [
      'of a bad glob',
      '[{ path: "skills/[a" }]',
      {},
      [`${ARENA}:20:14 skills/[a is not a glob: "[" at character 8 is never closed`],
    ],
    [
      'named by nothing',
      '[{ preload: true }]',
      {},
      [`${ARENA}:20:12 spec.skills[0].path is required, unless name, description and instructions are written here`],
    ],
    [
      'written down in part',
      '[{ name: a, description: b }]',
      {},
      [`${ARENA}:20:12 spec.skills[0].path is required, unless name, description and instructions are written here`],
    ],
    [
      'named twice',
      '[{ path: skills, dir: skills }]',
      { [file]: SKILL },
      [`${ARENA}:20:28 spec.skills[0].dir is the same as path: write one of them`],
    ],
    [
      'in a folder and in place',
      '[{ path: skills, name: a }]',
      { [file]: SKILL },
      [`${ARENA}:20:28 spec.skills[0].name stands in the SKILL.md of path, not here`],
    ],
    [
      'without front matter',
      '[{ path: skills }]',
      { [file]: '# Pay\n' },
      [`${file}:1:1 has no front matter, begin it with ---, name: …, description: …, ---`],
    ],
    [
      'with an empty front matter',
      '[{ path: skills }]',
      { [file]: '---\n---\n' },
      [`${file}:1:1 the document must be a map, not nothing`],
    ],
    [
      'without a description',
      '[{ path: skills }]',
      { [file]: '---\nname: pay\n---\n' },
      [`${file}:2:1 description is required`],
    ],
    [
      'with broken YAML',
      '[{ path: skills }]',
      { [file]: '---\nname: pay\ndescription: [\n---\n' },
      [expect.stringMatching(/^skills\/pay\/SKILL\.md:\d:\d+ is not valid YAML/) as unknown as string],
    ],
    [
      'with more than 1 MiB',
      '[{ path: skills }]',
      { [file]: SKILL + 'x'.repeat(1024 * 1024) },
      [`${file} is larger than 1048576 bytes, move parts of it into files beside it`],
    ],
    [
      'of one name',
      '[{ path: skills }]',
      { 'skills/a/SKILL.md': SKILL, 'skills/b/SKILL.md': SKILL },
      ['skills/b/SKILL.md:2:1 a second skill "pay" is left out, rename one: skills/a comes first and stays'],
    ],
    [
      'with tools that are not there',
      '[{ path: skills }]',
      { [file]: SKILL.replace('---\nTake', 'allowed-tools: get_order, get_odrer\n---\nTake') },
      [
        `${file}:2:1 skill "pay" allows tools that the bundle does not have: get_odrer, define them under tools, or take them out`,
      ],
    ],
  ])('%s are a fault', (_, skills, files, expected) => {
    expect(faultsWith(withSkills(skills, files))).toEqual(expected);
  });
});

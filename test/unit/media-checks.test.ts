import { describe, expect, test } from '@jest/globals';
import type { ContentPart, JsonValue } from '../../src/core/conversation.js';
import { compileAssertion } from '../../src/engine/assertions/assertion.js';
import { ConversationView } from '../../src/engine/assertions/view.js';
import { outsideOf } from '../helpers/checks.js';
import { engineBundle } from '../helpers/engine-bundle.js';
import { mp3, mp4, png, wav, webm } from '../helpers/media-files.js';

const BUNDLE = engineBundle({
  arena: { defaults: { config_dir: 'media' } },
  scenario: { turns: [{ role: 'user', parts: [{ type: 'image', media: { file_path: 'a.png' } }] }] },
  files: { 'media/a.png': png(640, 480), 'media/mock.yaml': '{}' },
});

const inline = (type: ContentPart['type'], bytes: Uint8Array): ContentPart => ({
  type,
  data: Buffer.from(bytes).toString('base64'),
});
const image = (width: number, height: number) => inline('image', png(width, height));
const film = (width: number, height: number, seconds = 10) => inline('video', mp4(width, height, seconds));
const FILE: ContentPart = { type: 'image', filePath: 'a.png' };
const HERE = 'a.yaml:1:1';

/** Judges a user message with these parts and the answer to it. */
async function judge(type: string, params: { [name: string]: JsonValue }, ...parts: ContentPart[]) {
  const messages = [
    { role: 'user' as const, content: '', parts },
    { role: 'assistant' as const, content: 'I see.' },
  ];
  const view = new ConversationView({ messages, calls: [], from: 0, usage: {} });
  return compileAssertion({ type, params }, 'turn', HERE, { bundle: BUNDLE }).evaluate(view, outsideOf());
}

/** type, params, parts, passed, what the explanation says */
type Row = [string, { [name: string]: JsonValue }, ContentPart[], boolean, string];

const ROWS: Row[] = [
  ['image_dimensions', { width: 640, height: 480 }, [image(640, 480)], true, 'image 1 measures 640×480'],
  ['image_dimensions', { width: 640 }, [image(641, 480)], false, 'measures 641×480'],
  ['image_dimensions', { min_width: 640, max_width: 640 }, [image(640, 1)], true, '640×1'],
  ['image_dimensions', { min_width: 641 }, [image(640, 1)], false, '640×1'],
  ['image_dimensions', { max_height: 479 }, [image(640, 480)], false, '640×480'],
  ['image_dimensions', { min_height: 480, max_height: 480 }, [image(1, 480)], true, '1×480'],
  ['image_dimensions', { width: '640' }, [FILE], true, '640×480'],
  ['image_dimensions', { width: 1 }, [image(1, 1), image(2, 1)], false, 'image 1 measures 1×1; image 2 measures 2×1'],
  ['image_dimensions', { width: 1 }, [film(1, 1)], false, 'no image in the conversation'],
  ['image_dimensions', { width: 1 }, [{ type: 'image', url: 'http://localhost/a.png' }], false, 'is not fetched'],
  ['image_dimensions', { width: 3 }, [{ type: 'image', url: 'http://localhost/a', width: 3, height: 4 }], true, '3×4'],
  ['image_dimensions', { width: 3 }, [{ ...image(5, 5), width: 3, height: 4 }], false, '5×5'],
  ['image_dimensions', { width: 1 }, [{ type: 'image', filePath: 'b.png' }], false, 'the bundle does not have'],
  ['image_dimensions', { width: 1 }, [{ type: 'image' }], false, 'has no content'],
  ['image_dimensions', { width: 1 }, [inline('image', Buffer.from('text'))], false, 'cannot be read as an image'],
  ['image_dimensions', { width: 'wide' }, [image(1, 1)], false, 'parameter "width" must be a number'],
  ['image_dimensions', {}, [image(1, 1)], true, 'no width and no height is given'],
  ['audio_duration', { min_seconds: 2, max_seconds: 3 }, [inline('audio', wav(2.5))], true, 'audio 1 lasts 2.5 s'],
  ['audio_duration', { min_seconds: 2.5, max_seconds: 2.5 }, [inline('audio', wav(2.5))], true, '2.5 s'],
  ['audio_duration', { min_seconds: 2.6 }, [inline('audio', wav(2.5))], false, '2.5 s'],
  ['audio_duration', { max_seconds: 2 }, [inline('audio', mp3(100))], false, '2.612 s'],
  ['audio_duration', { max_seconds: 2 }, [], false, 'no audio'],
  ['audio_duration', { max_seconds: 2 }, [{ type: 'audio', url: 'http://a', durationMs: 1500 }], true, '1.5 s'],
  ['audio_duration', { max_seconds: 2 }, [inline('audio', Buffer.from('noise'))], false, 'audio 1 cannot be read'],
  ['audio_duration', { max_seconds: [] }, [], false, 'parameter "max_seconds" must be a number'],
  ['audio_duration', {}, [], true, 'no length is given'],
  ['video_duration', { min_seconds: 10, max_seconds: 10 }, [film(1, 1)], true, 'video 1 lasts 10 s'],
  ['video_duration', { max_seconds: 9 }, [film(1, 1)], false, '10 s'],
  ['video_duration', { min_seconds: 3 }, [inline('video', webm(1, 1, 3))], true, '3 s'],
  ['video_duration', { min_seconds: 0 }, [film(1, 1, 0)], false, 'states no length'],
  ['video_duration', { min_seconds: 0 }, [], false, 'no video'],
  ['video_duration', { min_seconds: true }, [], false, 'must be a number'],
  ['video_resolution', { presets: ['720p', '1080p'] }, [film(1280, 720)], true, 'video 1 measures 1280×720'],
  ['video_resolution', { presets: ['1080p'] }, [film(1280, 720)], false, '1280×720'],
  ['video_resolution', { presets: ['1080P'] }, [film(1080, 1920)], true, '1080×1920'],
  ['video_resolution', { presets: '4k' }, [film(3840, 2160)], true, '3840×2160'],
  ['video_resolution', { presets: ['huge'] }, [film(1, 1)], false, 'there is no preset "huge"'],
  ['video_resolution', { min_width: 640, max_height: 360 }, [inline('video', webm(640, 360, 1))], true, '640×360'],
  ['video_resolution', { min_width: 641 }, [inline('video', webm(640, 360, 1))], false, '640×360'],
  ['video_resolution', { width: 1 }, [inline('video', wav(1))], false, 'states no width and height'],
  ['video_resolution', { width: 1 }, [{ type: 'video', url: 'http://a', width: 1, height: 1 }], true, '1×1'],
  ['video_resolution', { width: 1 }, [], false, 'no video'],
  ['video_resolution', { presets: [] }, [], true, 'no resolution is given'],
  ['image_format', { formats: ['png', 'jpg'] }, [{ type: 'image', mimeType: 'image/jpeg' }], true, '"jpeg"'],
  ['image_format', { formats: ['png'] }, [{ type: 'image', mimeType: 'image/gif' }], false, '"gif"'],
  ['image_format', { formats: ['png'] }, [{ type: 'image' }], false, 'formats found: ""'],
  ['image_format', { formats: ['png'] }, [], false, 'no image'],
  ['image_format', { formats: [] }, [FILE], false, 'parameter "formats" is missing'],
  ['audio_format', { formats: ['mp3'] }, [{ type: 'audio', mimeType: 'audio/mpeg' }], true, '"mpeg"'],
  ['audio_format', { formats: ['wav'] }, [{ type: 'audio', mimeType: 'audio/mpeg' }], false, '"mpeg"'],
  ['audio_format', {}, [], false, 'parameter "formats" is missing'],
];

describe('checks of media', () => {
  test.each(ROWS)('%s with %j', async (type, params, parts, passed, says) => {
    const { passed: found, explanation, error } = await judge(type, params, ...parts);
    expect({ found, error }).toEqual({ found: passed, error: undefined });
    expect(explanation).toContain(says);
  });

  test.each(['text_toxicity', 'text_sentiment', 'image_moderation', 'audio_emotion'])(
    '%s is skipped, with the reason, and counts as passed',
    async (type) => {
      const params = { model: 'm', classifier_id: 'c', message_index: 0, expected_label: 'calm' };
      expect(await judge(type, params)).toMatchObject({
        passed: true,
        skipped: true,
        score: 1,
        explanation: 'skipped: no classifier is configured',
      });
    },
  );
});

import type { Command } from 'commander';
import { type CliContext, UserError } from './io.js';

/** `busyhour decode HEX`: one message as a readable tree. */
export function register(program: Command, context: CliContext): void {
  program
    .command('decode')
    .description('show the octets of a message as a readable tree, from M3UA down to CAP parameters')
    .argument('<hex...>', 'octets in hexadecimal; blanks, colons and 0x are ignored')
    .option('--from <layer>', 'layer of the first octet: m3ua or sccp', 'm3ua')
    .option('--json', 'print the tree as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  busyhour decode 0100030100000008            ASPUP\n  busyhour decode --from sccp 0900...         user data of DATA',
    )
    .action(async (words: readonly string[], options: { from: string; json?: boolean }) => {
      const { formatTree } = await import('../../protocol/bytes/tree.js');
      const { describeM3ua } = await import('../../protocol/m3ua/describe.js');
      const { describeUserData } = await import('../../protocol/cap/describe.js');
      const bytes = parseHex(words.join(''));
      if (options.from !== 'm3ua' && options.from !== 'sccp') {
        throw new UserError(`--from takes m3ua or sccp, got '${options.from}'`);
      }
      const tree =
        options.from === 'm3ua'
          ? describeM3ua(bytes, 0, bytes.length, describeUserData)
          : describeUserData(bytes);
      context.stdout.write(
        options.json === true ? `${JSON.stringify(tree, null, 2)}\n` : `${formatTree(tree).trimEnd()}\n`,
      );
    });
}

function parseHex(text: string): Uint8Array {
  const digits = text.replaceAll(/0x|[\s:.,-]/gi, '');
  const wrong = /[^0-9a-f]/i.exec(digits);
  if (wrong !== null)
    throw new UserError(`'${wrong[0]}' is no hexadecimal digit; expected octets such as 01 00 03 01`);
  if (digits.length === 0) throw new UserError('no octets given');
  if (digits.length % 2 === 1)
    throw new UserError(`${digits.length} hexadecimal digits are no whole number of octets`);
  return Uint8Array.from(digits.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}

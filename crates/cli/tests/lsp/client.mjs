// Talks to the language server through the protocol library that editors use, and fails on the first surprise.
// Usage: node client.mjs PROGRAM

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
	CodeActionRequest, CompletionRequest, DidChangeTextDocumentNotification, DidOpenTextDocumentNotification,
	DocumentFormattingRequest, ExitNotification, HoverRequest, InitializedNotification, InitializeRequest,
	PublishDiagnosticsNotification, ShutdownRequest, StreamMessageReader, StreamMessageWriter, createProtocolConnection,
} from 'vscode-languageserver-protocol/node';

const server = spawn(process.argv[2], ['rule', 'lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
const connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
connection.onError((error) => { throw error; });

const waiting = [];
connection.onNotification(PublishDiagnosticsNotification.type, (told) => waiting.shift()?.(told));
const nextDiagnostics = () => new Promise((resolve) => waiting.push(resolve));
connection.listen();

const uri = 'file:///spam.rule';
const textDocument = { uri };

const greeting = await connection.sendRequest(InitializeRequest.type, {
	processId: process.pid, rootUri: null, workspaceFolders: null,
	capabilities: { textDocument: { publishDiagnostics: {}, hover: { contentFormat: ['markdown'] } } },
});
assert.equal(greeting.capabilities.positionEncoding, 'utf-16');
await connection.sendNotification(InitializedNotification.type, {});

let told = nextDiagnostics();
await connection.sendNotification(DidOpenTextDocumentNotification.type, {
	textDocument: { uri, languageId: 'abusefilter', version: 1, text: 'page_id>3&\n"😀" in added_line' },
});
const [mistake] = (await told).diagnostics;
assert.equal(mistake.code, 'unrecognisedvar');
assert.deepEqual(mistake.range, { start: { line: 1, character: 8 }, end: { line: 1, character: 18 } });

const actions = await connection.sendRequest(CodeActionRequest.type, {
	textDocument, range: mistake.range, context: { diagnostics: [mistake] },
});
const [edit] = actions[0].edit.changes[uri];
assert.equal(edit.newText, 'added_lines');

told = nextDiagnostics();
await connection.sendNotification(DidChangeTextDocumentNotification.type, {
	textDocument: { uri, version: 2 }, contentChanges: [{ range: edit.range, text: edit.newText }],
});
assert.equal((await told).diagnostics.filter((one) => one.severity === 1).length, 0);

const hover = await connection.sendRequest(HoverRequest.type, { textDocument, position: { line: 1, character: 10 } });
assert.match(hover.contents.value, /added_lines: array/);

const offered = await connection.sendRequest(CompletionRequest.type, { textDocument, position: { line: 0, character: 0 } });
assert.ok(offered.some((item) => item.label === 'user_groups'));

const [layout] = await connection.sendRequest(DocumentFormattingRequest.type, {
	textDocument, options: { tabSize: 4, insertSpaces: true },
});
assert.match(layout.newText, /^page_id > 3 &/);

await connection.sendRequest(ShutdownRequest.type);
await connection.sendNotification(ExitNotification.type);
const code = await new Promise((resolve) => server.on('exit', resolve));
assert.equal(code, 0);
console.log('ok');
process.exit(0);

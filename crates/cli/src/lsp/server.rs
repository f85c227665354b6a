//! The conversation with one editor.

use super::document::Document;
use super::message::{
    AtPosition, CodeActionParams, DidChange, DidOpen, InitializeParams, OfDocument, Settings, TextEdit,
};
use super::position::Encoding;
use super::{analysis, completion, fixes, hover};
use crate::rule::check;
use crate::rule::language::Language;
use anyhow::Result;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use wikiward_rules::Release;
use wikiward_rules::diagnostic::Diagnostic;
use wikiward_rules::evaluate::CONDITIONS_MAX;

/// Most documents that are kept; beyond it new ones get no service. An editor has far fewer open.
const DOCUMENTS_MAX: usize = 10_000;

struct Server {
    connection: Connection,
    language: Language,
    encoding: Encoding,
    snippets: bool,
    documents: HashMap<String, Open>,
}

/// A document, and what was found in it.
struct Open {
    document: Document,
    found: Vec<Diagnostic>,
}

/// Talks until the editor says goodbye.
pub(super) fn serve(connection: Connection, language: Language) -> Result<()> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let offered = params.capabilities.general.and_then(|general| general.position_encodings);
    let encoding = Encoding::agree(offered.as_deref());
    connection.initialize_finish(id, greeting(encoding))?;
    let mut server = Server { connection, language, encoding, snippets: false, documents: HashMap::new() };
    if let Some(options) = params.initialization_options.filter(|options| !options.is_null()) {
        server.configure(options);
    }
    while let Ok(message) = server.connection.receiver.recv() {
        match message {
            Message::Request(request) => {
                if server.connection.handle_shutdown(&request)? {
                    break;
                }
                server.answer(request);
            }
            Message::Notification(notification) => server.hear(notification),
            Message::Response(_) => {}
        }
    }
    Ok(())
}

fn greeting(encoding: Encoding) -> Json {
    json!({
        "capabilities": {
            "positionEncoding": encoding.name(),
            "textDocumentSync": {"openClose": true, "change": 2},
            "hoverProvider": true,
            "completionProvider": {},
            "documentFormattingProvider": true,
            "codeActionProvider": {"codeActionKinds": [fixes::QUICK_FIX]},
        },
        "serverInfo": {"name": "wikiward", "version": env!("CARGO_PKG_VERSION")},
    })
}

impl Server {
    fn configure(&mut self, options: Json) {
        let settings: Settings = match serde_json::from_value(options) {
            Ok(settings) => settings,
            Err(error) => {
                return self.log(&format!("the initialization options make no sense: {error}"));
            }
        };
        self.snippets = settings.snippets;
        let release = match settings.release.as_deref() {
            None => None,
            Some("newest") => Some(Release::Newest),
            Some("1.39") => Some(Release::V1_39),
            Some(other) => {
                self.log(&format!("unknown release {other:?}: \"newest\" and \"1.39\" are known"));
                None
            }
        };
        self.language.adjust(settings.known, release);
    }

    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let result = match method.as_str() {
            "textDocument/hover" => read(params).map(|params| self.hover(&params)),
            "textDocument/completion" => read(params).map(|params| self.complete(&params)),
            "textDocument/formatting" => read(params).map(|params| self.format(&params)),
            "textDocument/codeAction" => read(params).map(|params| self.fixes(&params)),
            _ => {
                let message = format!("{method} is not offered");
                return self.send(Response::new_err(id, ErrorCode::MethodNotFound as i32, message));
            }
        };
        self.send(match result {
            Ok(result) => Response::new_ok(id, result),
            Err(error) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
        });
    }

    fn hear(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let heard = match method.as_str() {
            "textDocument/didOpen" => read(params).map(|params| self.open(params)),
            "textDocument/didChange" => read(params).map(|params| self.change(params)),
            "textDocument/didClose" => read(params).map(|params| self.close(&params)),
            _ => Ok(()),
        };
        if let Err(error) = heard {
            self.log(&format!("{method}: {error}"));
        }
    }

    fn open(&mut self, params: DidOpen) {
        let opened = params.text_document;
        if self.documents.len() >= DOCUMENTS_MAX {
            return self.log("too many documents are open");
        }
        let document = Document::new(opened.text, Some(opened.version), self.encoding);
        self.look_at(opened.uri, document);
    }

    fn change(&mut self, params: DidChange) {
        let Some(mut open) = self.documents.remove(&params.text_document.uri) else {
            return;
        };
        for change in params.content_changes {
            open.document.change(change);
        }
        open.document.version = params.text_document.version;
        self.look_at(params.text_document.uri, open.document);
    }

    fn close(&mut self, params: &OfDocument) {
        self.documents.remove(&params.text_document.uri);
        self.publish(&params.text_document.uri, None, &json!([]));
    }

    /// Finds out what is wrong with a document and tells.
    fn look_at(&mut self, uri: String, document: Document) {
        let options = self.language.options(CONDITIONS_MAX);
        let found = check::diagnostics(document.text(), &self.language.vocabulary, options);
        let diagnostics = json!(analysis::diagnostics(&found, &document, &uri));
        self.publish(&uri, document.version, &diagnostics);
        self.documents.insert(uri, Open { document, found });
    }

    fn publish(&self, uri: &str, version: Option<i64>, diagnostics: &Json) {
        let mut params = json!({"uri": uri, "diagnostics": diagnostics});
        if let (Some(version), Some(fields)) = (version, params.as_object_mut()) {
            fields.insert("version".to_owned(), json!(version));
        }
        self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), params));
    }

    fn hover(&self, params: &AtPosition) -> Json {
        self.documents
            .get(&params.text_document.uri)
            .map_or(Json::Null, |open| hover::hover(&open.document, params.position, &self.language.vocabulary))
    }

    fn complete(&self, params: &AtPosition) -> Json {
        let Some(Open { document, .. }) = self.documents.get(&params.text_document.uri) else {
            return json!([]);
        };
        let byte = document.byte(params.position);
        json!(completion::items(document.text(), byte, &self.language.vocabulary, self.snippets))
    }

    /// One edit of the whole text; none if it is laid out already or has an error.
    fn format(&self, params: &OfDocument) -> Json {
        let Some(Open { document, .. }) = self.documents.get(&params.text_document.uri) else {
            return Json::Null;
        };
        let formatted = wikiward_rules::format::format(document.text().as_bytes());
        match formatted.map(String::from_utf8) {
            Ok(Ok(new_text)) if new_text != document.text() => json!([TextEdit { range: document.whole(), new_text }]),
            _ => json!([]),
        }
    }

    fn fixes(&self, params: &CodeActionParams) -> Json {
        self.documents
            .get(&params.text_document.uri)
            .map_or(json!([]), |open| json!(fixes::actions(&open.found, &open.document, params)))
    }

    /// Writes to the editor's log.
    fn log(&self, message: &str) {
        const WARNING: u8 = 2;
        let params = json!({"type": WARNING, "message": format!("wikiward: {message}")});
        self.send(Notification::new("window/logMessage".to_owned(), params));
    }

    /// An editor that is gone hears nothing; the loop ends by itself then.
    fn send(&self, message: impl Into<Message>) {
        let _ = self.connection.sender.send(message.into());
    }
}

fn read<P: DeserializeOwned>(params: Json) -> serde_json::Result<P> {
    serde_json::from_value(params)
}

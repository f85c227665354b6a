//! An account to look at the console with.

use anyhow::{Context, Error, Result};
use serde_json::json;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use wikiward_testkit::service::{Address, Client};

/// Its name.
const NAME: &str = "Demo";

/// An account that is signed in.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) name: &'static str,
    pub(super) password: String,
    /// What programs show that act for it.
    pub(super) secret: String,
}

/// Makes the first account through its one-time link, with a password of its own each time.
pub(super) fn make(address: &Address, link: &str) -> Result<Account> {
    let secret = link.rsplit('/').next().unwrap_or_default();
    let password = password()?;
    let body = json!({"ticket": secret, "name": NAME, "password": password});
    let mut client = Client::new(address.clone(), None);
    let session = client.json("POST", "/v1/sessions/redeem", Some(&body)).map_err(Error::from_boxed)?;
    let secret = session["secret"].as_str().context("the session has no secret")?.to_owned();
    Ok(Account { name: NAME, password, secret })
}

fn password() -> Result<String> {
    let mut bytes = [0_u8; 8];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("no random numbers")?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

//! The key file: the installation's secret, made at the first start.

pub(crate) mod records;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use wikiward_farm::{Coded, Entropy};
use wikiward_store::Keyring;

/// Name of the key file in the data folder.
pub const KEY_FILE: &str = "secret.key";

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Folder or file cannot be made or read.
    #[error("{} cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The file holds something else.
    #[error("{} is no key file: 64 hexadecimal digits are wanted. Restore it from where you keep its copy", .0.display())]
    Malformed(PathBuf),
    /// It is gone, and there is a database that was sealed with it.
    #[error(
        "{} is not there, and the database was sealed with it. Put its copy back. Is it lost for good, start once with \
         `wikiward serve --adopt-key`: a new one is made, and addresses and protected values kept so far stay closed",
        .0.display()
    )]
    Missing(PathBuf),
    /// It is not the key of this database.
    #[error(
        "{} is not the key that the database was sealed with. Put the right one there: that of the other nodes, or of the \
         installation that was backed up. Is it lost for good, start once with `wikiward serve --adopt-key`: addresses and \
         protected values kept so far stay closed",
        .0.display()
    )]
    Another(PathBuf),
    /// Others may read the file.
    #[error("{} may be read by others. Run `chmod 600` on it", .0.display())]
    Open(PathBuf),
}

impl Coded for SecretError {
    fn code(&self) -> &'static str {
        match self {
            Self::File(..) => "key_file",
            Self::Malformed(_) => "key_file_malformed",
            Self::Missing(_) => "key_file_missing",
            Self::Another(_) => "key_file_another",
            Self::Open(_) => "key_file_open",
        }
    }
}

/// Makes the data folder, readable by this user only, if it is not there.
///
/// # Errors
/// [`SecretError::File`].
pub fn data_dir(folder: &Path) -> Result<(), SecretError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| SecretError::File(folder.to_owned(), error))
}

/// The keys in the data folder; makes them if there are none yet and `may_make` says so.
///
/// # Errors
/// [`SecretError`].
pub fn keyring(folder: &Path, entropy: &dyn Entropy, may_make: bool) -> Result<Keyring, SecretError> {
    let path = folder.join(KEY_FILE);
    let failed = |error| SecretError::File(path.clone(), error);
    match fs::read_to_string(&path) {
        Ok(text) => {
            if fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
                return Err(SecretError::Open(path));
            }
            parse(text.trim()).map(|secret| Keyring::new(&secret)).ok_or(SecretError::Malformed(path))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !may_make => Err(SecretError::Missing(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = entropy.bytes::<32>();
            // Written whole beside it, then given its name: a crash leaves no half file.
            let draft = folder.join(format!(".{KEY_FILE}.{}", std::process::id()));
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).map_err(failed)?;
            let text = secret.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            // A link refuses to replace a file that another start made in between.
            let linked = fs::hard_link(&draft, &path);
            fs::remove_file(&draft).map_err(failed)?;
            match linked {
                Ok(()) => Ok(Keyring::new(&secret)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => keyring(folder, entropy, may_make),
                Err(error) => Err(failed(error)),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut secret = [0; 32];
    for (byte, digits) in secret.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::SystemEntropy;

    #[test]
    fn the_keys_are_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(keyring(folder.path(), &SystemEntropy, false), Err(SecretError::Missing(_))));
        let sealed = keyring(folder.path(), &SystemEntropy, true).unwrap().sealer("x").mac(&[b"a"]);
        assert_eq!(keyring(folder.path(), &SystemEntropy, false).unwrap().sealer("x").mac(&[b"a"]), sealed);
        let path = folder.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(keyring(folder.path(), &SystemEntropy, true), Err(SecretError::Open(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(keyring(folder.path(), &SystemEntropy, true), Err(SecretError::Malformed(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }
}

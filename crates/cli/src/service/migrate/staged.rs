//! The folder into which a dump is put: in use as long as its lock is held, so that what a killed run left is told from what
//! another run works with.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What names of these folders begin with, in the service's own folder: a dump holds addresses.
const PREFIX: &str = "migration-";

/// The file in the folder that is locked while it is used.
const LOCK: &str = "lock";

/// The file beside the folders that is locked while one is made or looked at.
const DOOR: &str = "migrations.lock";

/// A folder for a dump's tables. Removed when it is dropped; if the program is killed, by the next run.
#[derive(Debug)]
pub(super) struct Staged {
    folder: tempfile::TempDir,
    // After the folder: until that is gone, it is in use.
    _lock: File,
}

impl Staged {
    /// Makes one in `data`.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be made or locked.
    pub(super) fn create(data: &Path) -> io::Result<Self> {
        let _door = door(data)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(data)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// The file for the tables, which is not there yet.
    pub(super) fn tables(&self) -> PathBuf {
        self.folder.path().join("tables.db")
    }
}

/// Removes the folders in `data` that nobody uses; gives their number and the bytes in them.
///
/// # Errors
/// [`io::Error`] if one cannot be looked at or removed; what was removed until then stays so.
pub(super) fn clean(data: &Path) -> io::Result<(usize, u64)> {
    if !data.is_dir() {
        return Ok((0, 0));
    }
    let _door = door(data)?;
    let (mut folders, mut bytes) = (0, 0);
    for entry in data.read_dir()? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        // A link is not followed: what is behind it is not ours.
        if !is_ours || !entry.file_type()?.is_dir() || is_used(&entry.path())? {
            continue;
        }
        bytes += size(&entry.path())?;
        std::fs::remove_dir_all(entry.path())?;
        folders += 1;
    }
    Ok((folders, bytes))
}

/// Held while a folder is made or looked at, so that none is looked at between being made and being locked.
fn door(data: &Path) -> io::Result<File> {
    let door = OpenOptions::new().create(true).truncate(false).write(true).open(data.join(DOOR))?;
    door.lock()?;
    Ok(door)
}

fn is_used(folder: &Path) -> io::Result<bool> {
    let lock = match File::open(folder.join(LOCK)) {
        Ok(lock) => lock,
        // Killed before it could be locked.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match lock.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn size(folder: &Path) -> io::Result<u64> {
    folder.read_dir()?.try_fold(0, |sum, file| Ok(sum + file?.metadata()?.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_is_used_stays() {
        let data = tempfile::tempdir().unwrap();
        let left = |name: &str, files: &[&str]| {
            let folder = data.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            for file in files {
                std::fs::write(folder.join(file), "12345").unwrap();
            }
            folder
        };
        let killed = left("migration-a1", &["lock", "tables.db"]);
        let sooner = left("migration-a2", &["tables.db"]);
        let other = left("migrations", &["tables.db"]);
        let used = Staged::create(data.path()).unwrap();
        std::fs::write(used.tables(), "x").unwrap();
        std::os::unix::fs::symlink(&other, data.path().join("migration-link")).unwrap();
        assert_eq!(clean(data.path()).unwrap(), (2, 15));
        assert!(!killed.exists() && !sooner.exists());
        assert!(used.tables().exists() && other.join("tables.db").exists());
        assert_eq!(clean(data.path()).unwrap(), (0, 0));
        let folder = used.tables().parent().unwrap().to_owned();
        drop(used);
        assert!(!folder.exists());
        assert_eq!(clean(&data.path().join("nothing")).unwrap(), (0, 0));
    }
}

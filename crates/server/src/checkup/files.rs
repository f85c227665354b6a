//! The data folder, its disk, the key file, and limits of the process.

use crate::Config;
use crate::secret::KEY_FILE;
use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use wikiward_farm::checkup::{Finding, Standing, Told, bytes};
use wikiward_store::Database;

/// Less free than this, and writing soon stops: a day of a busy farm's hits.
const FREE_BYTES_MIN: u64 = 512 * 1024 * 1024;

/// Less free than this share of the disk, in percent, and it is time to look.
const FREE_PERCENT_MIN: u64 = 10;

/// Open files that the process needs beside its connections: database, log, sockets.
const OTHER_FILES: u64 = 128;

/// Looks at the data folder, its disk, the key file, and limits of the process.
pub fn look(config: &Config, lines: &mut Vec<Finding>) {
    let folder = &config.server.data_dir;
    let is_there = folder.is_dir();
    lines.push(data_folder(folder));
    if is_there {
        lines.push(match statvfs(folder) {
            Ok(disk) => disk_space(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize),
            Err(error) => Finding::of(Standing::Skipped, Told::DiskUnknown, &[&error]),
        });
    }
    let has_database = match config.database() {
        Ok(Database::Sqlite(path)) => path.exists(),
        Ok(Database::Postgres(_)) => true,
        Err(_) => false,
    };
    lines.push(key_file(&folder.join(KEY_FILE), has_database));
    lines.push(open_files(getrlimit(Resource::Nofile).current, config.server.connections_max));
}

fn data_folder(folder: &Path) -> Finding {
    let shown = folder.display();
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::of(Standing::Warning, Told::FolderNew, &[&shown])
        }
        Err(error) => Finding::of(Standing::Problem, Told::FolderUnreadable, &[&shown, &error]),
        Ok(found) if !found.is_dir() => Finding::of(Standing::Problem, Told::FolderNone, &[&shown]),
        Ok(found) => match tempfile::Builder::new().prefix(".doctor").tempfile_in(folder) {
            Err(error) => Finding::of(Standing::Problem, Told::FolderUnwritable, &[&shown, &error]),
            Ok(_) if found.permissions().mode() & 0o077 != 0 => {
                let mode = found.permissions().mode() & 0o777;
                Finding::of(Standing::Warning, Told::FolderOpen, &[&shown, &format_args!("{mode:03o}")])
            }
            Ok(_) => Finding::of(Standing::Ok, Told::FolderGood, &[&shown]),
        },
    }
}

fn disk_space(free: u64, whole: u64) -> Finding {
    let percent = free.saturating_mul(100).checked_div(whole).unwrap_or(0);
    let status = if free < FREE_BYTES_MIN {
        Standing::Problem
    } else if percent < FREE_PERCENT_MIN {
        Standing::Warning
    } else {
        Standing::Ok
    };
    Finding::of(status, Told::DiskSpace, &[&bytes(free), &bytes(whole), &percent])
}

fn key_file(path: &Path, has_database: bool) -> Finding {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && has_database => {
            return Finding::of(Standing::Problem, Told::KeyMissing, &[&shown]);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::of(Standing::Warning, Told::KeyNew, &[&shown]);
        }
        Err(error) => return Finding::of(Standing::Problem, Told::KeyUnreadable, &[&shown, &error]),
        Ok(found) => found,
    };
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Finding::of(Standing::Problem, Told::KeyOpen, &[&shown, &format_args!("{mode:03o}")]);
    }
    match fs::read_to_string(path) {
        Ok(text) if is_key(text.trim()) => Finding::of(Standing::Ok, Told::KeyGood, &[&shown]),
        Ok(_) => Finding::of(Standing::Problem, Told::KeyWrong, &[&shown]),
        Err(error) => Finding::of(Standing::Problem, Told::KeyUnreadable, &[&shown, &error]),
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `limit` is the number of files that the process may have open; none is no limit.
fn open_files(limit: Option<u64>, connections_max: usize) -> Finding {
    let wanted = u64::try_from(connections_max).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    match limit {
        None => Finding::of(Standing::Ok, Told::FilesUnlimited, &[]),
        Some(limit) if limit >= wanted => Finding::of(Standing::Ok, Told::FilesEnough, &[&limit, &wanted]),
        Some(limit) => Finding::of(Standing::Warning, Told::FilesFew, &[&limit, &wanted]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn a_disk_that_fills_up_is_told_before_it_is_full() {
        let check = |free, whole, status| assert_eq!(disk_space(free, whole).status, status, "{free} of {whole}");
        check(50 * GIB, 100 * GIB, Standing::Ok);
        check(10 * GIB, 100 * GIB, Standing::Ok);
        check(10 * GIB - 1, 100 * GIB, Standing::Warning);
        check(FREE_BYTES_MIN, GIB, Standing::Ok);
        check(FREE_BYTES_MIN - 1, GIB, Standing::Problem);
        check(0, 0, Standing::Problem);
    }

    #[test]
    fn a_key_file_is_there_whole_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let check = |has_database, status| assert_eq!(key_file(&path, has_database).status, status);
        check(false, Standing::Warning);
        check(true, Standing::Problem);
        fs::write(&path, format!("{}\n", "aB".repeat(32))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        check(true, Standing::Ok);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        check(true, Standing::Problem);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "aB".repeat(31)).unwrap();
        check(true, Standing::Problem);
    }

    #[test]
    fn a_data_folder_is_there_and_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let check = |path: &Path, status| assert_eq!(data_folder(path).status, status);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        check(folder.path(), Standing::Ok);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        check(folder.path(), Standing::Warning);
        check(&folder.path().join("none"), Standing::Warning);
        fs::write(folder.path().join("file"), "").unwrap();
        check(&folder.path().join("file"), Standing::Problem);
    }

    #[test]
    fn connections_need_open_files() {
        assert_eq!(open_files(None, 4096).status, Standing::Ok);
        assert_eq!(open_files(Some(4096 + OTHER_FILES), 4096).status, Standing::Ok);
        assert_eq!(open_files(Some(1024), 4096).status, Standing::Warning);
    }
}

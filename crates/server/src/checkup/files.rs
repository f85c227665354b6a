//! The data folder, its disk, the key file, and limits of the process.

use crate::Config;
use crate::secret::KEY_FILE;
use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use wikiward_farm::checkup::{Finding, bytes};
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
            Err(error) => Finding::skipped("disk", format!("its free space cannot be read: {error}")),
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
    const CHECK: &str = "data folder";
    let shown = folder.display();
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::warning(CHECK, format!("{shown} is not there yet"), "`wikiward serve` makes it at its first start")
        }
        Err(error) => Finding::problem(CHECK, format!("{shown}: {error}"), "let the service's user read it"),
        Ok(found) if !found.is_dir() => {
            Finding::problem(CHECK, format!("{shown} is no folder"), "name another one in `server.data_dir`")
        }
        Ok(found) => match tempfile::Builder::new().prefix(".doctor").tempfile_in(folder) {
            Err(error) => {
                let todo = format!("let the user that the service runs as write there: `chown -R USER {shown}`");
                Finding::problem(CHECK, format!("{shown} cannot be written: {error}"), todo)
            }
            Ok(_) if found.permissions().mode() & 0o077 != 0 => {
                let mode = found.permissions().mode() & 0o777;
                let todo = format!("it holds hits with addresses of people. Run `chmod 700 {shown}`");
                Finding::warning(CHECK, format!("{shown} is open to others (mode {mode:03o})"), todo)
            }
            Ok(_) => Finding::ok(CHECK, format!("{shown}, writable, closed to others")),
        },
    }
}

fn disk_space(free: u64, whole: u64) -> Finding {
    let percent = free.saturating_mul(100).checked_div(whole).unwrap_or(0);
    let found = format!("{} free of {} ({percent} %)", bytes(free), bytes(whole));
    let todo = "make room, or keep hits for a shorter time (`hits_days`). Verdicts go on when the disk is full, but \
                what they leave behind is lost";
    if free < FREE_BYTES_MIN {
        Finding::problem("disk", found, todo)
    } else if percent < FREE_PERCENT_MIN {
        Finding::warning("disk", found, todo)
    } else {
        Finding::ok("disk", found)
    }
}

fn key_file(path: &Path, has_database: bool) -> Finding {
    const CHECK: &str = "key file";
    let shown = path.display();
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && has_database => {
            let todo = "put its copy back before the service starts. Without it, addresses, protected values and cursors \
                        made so far cannot be read any more; only a database that never served may get a new one";
            return Finding::problem(CHECK, format!("{shown} is missing, but there is a database"), todo);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::warning(
                CHECK,
                format!("{shown} is not there yet"),
                "`wikiward serve` makes it at its first start",
            );
        }
        Err(error) => return Finding::problem(CHECK, format!("{shown}: {error}"), "let the service's user read it"),
        Ok(found) => found,
    };
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let todo = format!("run `chmod 600 {shown}`. Who has read it can read everything sealed");
        return Finding::problem(CHECK, format!("{shown} may be read by others (mode {mode:03o})"), todo);
    }
    match fs::read_to_string(path) {
        Ok(text) if is_key(text.trim()) => Finding::ok(CHECK, format!("{shown}, for its owner only")),
        Ok(_) => {
            Finding::problem(CHECK, format!("{shown} is no key: 64 hexadecimal digits are wanted"), "put its copy back")
        }
        Err(error) => Finding::problem(CHECK, format!("{shown}: {error}"), "let the service's user read it"),
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `limit` is the number of files that the process may have open; none is no limit.
fn open_files(limit: Option<u64>, connections_max: usize) -> Finding {
    const CHECK: &str = "open files";
    let wanted = u64::try_from(connections_max).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    match limit {
        None => Finding::ok(CHECK, "without limit"),
        Some(limit) if limit >= wanted => Finding::ok(CHECK, format!("{limit} allowed, {wanted} needed at most")),
        Some(limit) => {
            let todo = format!(
                "set `LimitNOFILE={wanted}` in the service's unit (here: `ulimit -n {wanted}`), or lower \
                 `server.connections_max`. Beyond the limit, connections wait"
            );
            Finding::warning(CHECK, format!("{limit} allowed in this shell, {wanted} needed at most"), todo)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::checkup::Standing;

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

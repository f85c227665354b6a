//! All that checks of the installation tell, each under a name: the console says it in other languages.

macro_rules! told {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal of $check:literal: $found:literal $(, $todo:literal)?;)+) => {
        /// What a check of the installation tells. `$1` and so on stand for what was found there.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Told { $($(#[doc = $doc])+ $name,)+ }

        impl Told {
            /// All of it.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What is looked at, such as `disk`.
            pub const fn check(self) -> &'static str {
                match self { $(Self::$name => $check,)+ }
            }

            /// What was found, in English.
            pub const fn found(self) -> &'static str {
                match self { $(Self::$name => $found,)+ }
            }

            /// What to do about it, in English.
            pub const fn todo(self) -> Option<&'static str> {
                match self { $(Self::$name => told!(@todo $($todo)?),)+ }
            }
        }
    };
    (@todo) => { None };
    (@todo $todo:literal) => { Some($todo) };
}

told! {
    /// `$1`: the folder.
    FolderNew "folder-new" of "data folder": "$1 is not there yet", "`wikiward serve` makes it at its first start";
    /// `$1`: the folder, `$2`: the error.
    FolderUnreadable "folder-unreadable" of "data folder": "$1: $2", "let the service's user read it";
    /// `$1`: what should be a folder.
    FolderNone "folder-none" of "data folder": "$1 is no folder", "name another one in `server.data_dir`";
    /// `$1`: the folder, `$2`: the error.
    FolderUnwritable "folder-unwritable" of "data folder": "$1 cannot be written: $2",
        "let the user that the service runs as write there: `chown -R USER $1`";
    /// `$1`: the folder, `$2`: its mode.
    FolderOpen "folder-open" of "data folder": "$1 is open to others (mode $2)",
        "it holds hits with addresses of people. Run `chmod 700 $1`";
    /// `$1`: the folder.
    FolderGood "folder-good" of "data folder": "$1, writable, closed to others";
    /// `$1`: free, `$2`: all of it, `$3`: free in percent.
    DiskSpace "disk-space" of "disk": "$1 free of $2 ($3 %)",
        "make room, or keep hits for a shorter time (`hits_days`). Verdicts go on when the disk is full, but what they leave behind is lost";
    /// `$1`: the error.
    DiskUnknown "disk-unknown" of "disk": "its free space cannot be read: $1";
    /// `$1`: the file.
    KeyMissing "key-missing" of "key file": "$1 is missing, but there is a database",
        "put its copy back before the service starts. Without it, addresses, protected values and cursors made so far cannot be read any more; only a database that never served may get a new one";
    /// `$1`: the file.
    KeyNew "key-new" of "key file": "$1 is not there yet", "`wikiward serve` makes it at its first start";
    /// `$1`: the file, `$2`: the error.
    KeyUnreadable "key-unreadable" of "key file": "$1: $2", "let the service's user read it";
    /// `$1`: the file, `$2`: its mode.
    KeyOpen "key-open" of "key file": "$1 may be read by others (mode $2)",
        "run `chmod 600 $1`. Who has read it can read everything sealed";
    /// `$1`: the file.
    KeyWrong "key-wrong" of "key file": "$1 is no key: 64 hexadecimal digits are wanted", "put its copy back";
    /// `$1`: the file.
    KeyGood "key-good" of "key file": "$1, for its owner only";
    /// The process may open any number of files.
    FilesUnlimited "files-unlimited" of "open files": "without limit";
    /// `$1`: how many files may be open, `$2`: how many are needed.
    FilesEnough "files-enough" of "open files": "$1 allowed, $2 needed at most";
    /// `$1`: how many files may be open, `$2`: how many are needed.
    FilesFew "files-few" of "open files": "$1 allowed in this shell, $2 needed at most",
        "set `LimitNOFILE=$2` in the service's unit (here: `ulimit -n $2`), or lower `server.connections_max`. Beyond the limit, connections wait";
    /// `$1`: the database, `$2`: its schema.
    DatabaseGood "database-good" of "database": "$1, schema $2";
    /// `$1`: the database.
    DatabaseEmpty "database-empty" of "database": "$1 has no tables yet",
        "`wikiward serve` makes its tables at its first start";
    /// `$1`: the database, `$2`: its schema, `$3`: that of the program.
    DatabaseOld "database-old" of "database": "$1 has schema $2, this program writes $3",
        "make a backup with the program that wrote it; then `wikiward serve` brings it to the present schema";
    /// `$1`: the database, `$2`: its schema, `$3`: that of the program.
    DatabaseNewer "database-newer" of "database": "$1 has schema $2, this program knows $3 only",
        "run the newer program, or restore a backup from before the upgrade";
    /// `$1`: the error.
    DatabaseUnreadable "database-unreadable" of "database": "$1", "is this a database of Wikiward?";
    /// `$1`: the error.
    DatabaseUnknown "database-unknown" of "database": "$1", "correct the configuration";
    /// `$1`: size of the file, `$2`: of the changes beside it.
    DatabaseSize "database-size" of "size on disk": "$1, and $2 of changes beside it",
        "a program that reads for long keeps the changes from being folded in: close other programs that have the file open, then restart the service";
    /// A change was tried.
    WritingGood "writing-good" of "writing": "a change can be written";
    /// `$1`: the error.
    WritingFull "writing-full" of "writing": "$1", "make room on its disk";
    /// `$1`: the error.
    WritingBusy "writing-busy" of "writing": "$1", "another program holds it for writing: end that one";
    /// `$1`: the error.
    WritingForbidden "writing-forbidden" of "writing": "$1",
        "let the service's user write it. On PostgreSQL: is this a replica that only reads?";
    /// The database is of another schema.
    AuditUnknown "audit-unknown" of "audit log": "the database has another schema";
    /// `$1`: the error.
    AuditUnreadable "audit-unreadable" of "audit log": "$1", "the log of the service says more";
    /// The log has one entry.
    AuditOne "audit-one" of "audit log": "1 entry, unbroken";
    /// `$1`: the number of entries.
    AuditWhole "audit-whole" of "audit log": "$1 entries, unbroken";
    /// `$1`: the entry.
    AuditBroken "audit-broken" of "audit log": "entry $1 was changed, or the one before it removed",
        "somebody has written past the service. Compare with a backup, and find out who may write the database";
    /// `$1`: the last entry found, `$2`: the last that there was.
    AuditShort "audit-short" of "audit log": "it ends with entry $1, but there was an entry $2",
        "somebody has written past the service. Compare with a backup, and find out who may write the database";
    /// `$1`: the time that it says.
    ClockPast "clock-past" of "clock": "it says $1, which has long passed",
        "set the clock, and let it be kept: `timedatectl set-ntp true`";
    /// `$1`: the time that it says, `$2`: the time of the newest entry.
    ClockBehind "clock-behind" of "clock": "it says $1, but the newest entry of the audit log is of $2",
        "set the clock, and let it be kept: `timedatectl set-ntp true`";
    /// `$1`: the time that it says, `$2`: seconds.
    ClockApart "clock-apart" of "clock": "it says $1; the database's clock is $2 s away from that",
        "let both be kept by the same time servers";
    /// `$1`: the time that it says.
    ClockGood "clock-good" of "clock": "$1";
    /// `$1`: the error.
    CertificateWrong "certificate-wrong" of "certificate": "$1",
        "let the service's user read both files; the first holds the whole chain, the second its key";
    /// `$1`: the error.
    CertificateUnreadable "certificate-unreadable" of "certificate": "$1", "let the service's user read it";
    /// The certificate names no end.
    CertificateEndless "certificate-endless" of "certificate": "it does not say when it ends", "have a look at it";
    /// `$1`: when.
    CertificateEnded "certificate-ended" of "certificate": "it has ended: $1", "renew it, then restart the service";
    /// `$1`: days left, `$2`: when.
    CertificateEnds "certificate-ends" of "certificate": "it ends in $1 days: $2", "renew it, then restart the service";
    /// `$1`: until when, `$2`: days left.
    CertificateGood "certificate-good" of "certificate": "good until $1, $2 days";
    /// `$1`: the address that is listened on.
    CertificateNone "certificate-none" of "certificate": "there is none, and $1 is reached from other machines",
        "let a proxy that speaks TLS stand in front and nobody else reach it, or set `server.tls_certificate`";
}

/// The text with `$1` and so on replaced; what is put in is not looked at again.
pub(super) fn filled(text: &str, params: &[String]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let place = after.chars().next().and_then(|digit| digit.to_digit(10)).and_then(|digit| digit.checked_sub(1));
        let given = place.and_then(|place| params.get(usize::try_from(place).ok()?));
        rest = match given {
            Some(param) => {
                out.push_str(param);
                after.get(1..).unwrap_or_default()
            }
            None => {
                out.push('$');
                after
            }
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_stands_for_one_thing() {
        let codes: BTreeSet<_> = Told::ALL.iter().map(|told| told.code()).collect();
        assert_eq!(codes.len(), Told::ALL.len());
        assert!(Told::ALL.iter().all(|told| !told.check().is_empty() && !told.found().is_empty()));
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let params = ["$2".to_owned(), "b".to_owned()];
        assert_eq!(filled("$1 and $2, $3 $ $", &params), "$2 and b, $3 $ $");
    }
}

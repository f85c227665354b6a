//! What dumps look like, whole and broken.

use super::*;
use proptest::prelude::*;

fn read(text: &[u8]) -> Result<Vec<Item>, String> {
    let told = |error: DumpError| error.to_string();
    let mut dump = Dump::new(text).map_err(told)?;
    let mut items = Vec::new();
    while let Some(item) = dump.next(&|table| table != "other").map_err(told)? {
        items.push(item);
    }
    Ok(items)
}

fn rows(text: &[u8]) -> Vec<Vec<Option<String>>> {
    let items = read(text).unwrap();
    let text = |cell: Option<Vec<u8>>| cell.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let row = |item| match item {
        Item::Row(_, cells) => Some(cells.into_iter().map(text).collect()),
        Item::Table(..) => None,
    };
    items.into_iter().filter_map(row).collect()
}

const MYSQL: &str = r#"-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)
/*!40101 SET @saved_cs_client     = @@character_set_client */;
DROP TABLE IF EXISTS `t`;
CREATE TABLE `t` (
  `t_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `t_text` varbinary(255) DEFAULT 'a,)(\'`' COMMENT 'x;y',
  `key` enum('a','b') NOT NULL,
  PRIMARY KEY (`t_id`),
  KEY `x` (`t_text`(10))
) ENGINE=InnoDB DEFAULT CHARSET=binary;
LOCK TABLES `t` WRITE;
INSERT INTO `t` VALUES
(1,'it''s \'q\' \\ \n\r\t\0\Z\%;),(','a'),
(2,NULL,_binary 'é'),(-3,0x00ff41,"d""q");
INSERT INTO `other` VALUES (1,'broken\' ; (','x');
INSERT INTO `t` (`key`, `t_id`) VALUES ('k',4);
DELIMITER ;;
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 'unclosed; END ;;
DELIMITER ;
-- Dump completed on 2026-11-21 10:00:00
"#;

#[test]
fn rows_of_mysql_come_as_they_are() {
    let text = |text: &str| Some(text.to_owned());
    let wanted = [
        vec![text("1"), text("it's 'q' \\ \n\r\t\0\u{1a}%;),("), text("a")],
        vec![text("2"), None, text("é")],
        vec![text("-3"), text("\0\u{fffd}A"), text("d\"q")],
        vec![text("4"), None, text("k")],
    ];
    assert_eq!(rows(MYSQL.as_bytes()), wanted);
    let items = read(MYSQL.as_bytes()).unwrap();
    let columns = ["t_id", "t_text", "key"].map(str::to_owned).to_vec();
    assert_eq!(items.first(), Some(&Item::Table("t".into(), columns)));
}

#[test]
fn rows_of_sqlite_come_as_they_are() {
    let dump = br#"PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "t" (t_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, t_text TEXT DEFAULT '', "key" BLOB);
INSERT INTO t VALUES(1,'back\slash ''q''',X'00ff');
INSERT INTO t VALUES(2,replace(replace('a\r\nb','\r',char(13)),'\n',char(10)),NULL);
INSERT INTO t VALUES(3,unistr('a\u000ab\\c\+01F600'),1.5e3);
CREATE INDEX x ON t (t_text);
COMMIT;
"#;
    let text = |text: &str| Some(text.to_owned());
    let wanted = [
        vec![text("1"), text("back\\slash 'q'"), text("\0\u{fffd}")],
        vec![text("2"), text("a\r\nb"), None],
        vec![text("3"), text("a\nb\\c\u{1F600}"), text("1.5e3")],
    ];
    assert_eq!(rows(dump), wanted);
    let cut = dump.strip_suffix(b"COMMIT;\n").unwrap();
    assert!(read(cut).unwrap_err().contains("says that it is complete, is missing at byte"));
}

#[test]
fn a_dump_that_is_cut_off_anywhere_is_told_so() {
    let whole = MYSQL.as_bytes();
    let end = MYSQL.find("-- Dump completed").unwrap();
    // The very first line says what it is.
    for cut in MYSQL.find('\n').unwrap() + 1..end + "-- Dump complete".len() {
        let message = read(&whole[..cut]).unwrap_err();
        assert!(message.contains("cut off"), "{cut}: {message}");
    }
    let middle = MYSQL.find("'k',4").unwrap();
    let began = MYSQL.find("INSERT INTO `t` (`key`").unwrap();
    let wanted = format!("the dump is cut off: it ends within a statement that begins at byte {began} of the dump");
    assert_eq!(read(&whole[..middle]).unwrap_err(), wanted);
}

#[test]
fn of_several_dumps_in_one_file_the_last_one_must_be_whole_too() {
    let twice = MYSQL.repeat(2);
    assert_eq!(rows(twice.as_bytes()).len(), 8);
    let end = twice.rfind("-- Dump completed").unwrap();
    assert!(read(&twice.as_bytes()[..end]).unwrap_err().contains("cut off"));
    let sqlite = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES(1);\nCOMMIT;\n";
    let twice = sqlite.repeat(2);
    assert_eq!(rows(twice.as_bytes()).len(), 2);
    let end = twice.rfind("COMMIT").unwrap();
    assert!(read(&twice.as_bytes()[..end]).unwrap_err().contains("cut off"));
}

#[test]
fn what_would_blow_up_is_refused_by_its_name_and_what_nobody_wants_is_not_kept() {
    let list = |part: &str, parts: usize| vec![part; parts].join(",");
    let wide = "a row or table has more than 1,000 columns at byte";
    let columns = |count: usize| (0..count).map(|place| format!("c{place} int")).collect::<Vec<_>>().join(",");
    let define = |count: usize| format!("CREATE TABLE t ({});\n", columns(count));
    assert!(read(define(COLUMNS_MAX).as_bytes()).is_ok());
    assert!(read(define(COLUMNS_MAX + 1).as_bytes()).unwrap_err().starts_with(wide));
    let row = |count: usize| format!("{}INSERT INTO t VALUES ({});", define(2), list("1", count));
    assert!(read(row(COLUMNS_MAX).as_bytes()).unwrap_err().starts_with("a row of t has 1000 values"));
    assert!(read(row(COLUMNS_MAX + 1).as_bytes()).unwrap_err().starts_with(wide));
    let names = format!("{}INSERT INTO t ({}) VALUES (1);", define(2), list("c0", COLUMNS_MAX + 1));
    assert!(read(names.as_bytes()).unwrap_err().starts_with(wide));
    // Another table may be whatever it is.
    let other =
        format!("{}CREATE TABLE other ({});\n{}", define(1), columns(COLUMNS_MAX + 1), "INSERT INTO t VALUES (1);");
    assert_eq!(read(other.as_bytes()).unwrap().len(), 2);
}

#[test]
fn what_no_dump_looks_like_is_told_with_its_place() {
    let define = "CREATE TABLE t (a int, b int);\n";
    let bad = |text: &str| read(format!("{define}{text}").as_bytes()).unwrap_err();
    assert_eq!(bad("INSERT INTO t VALUES (1);"), "a row of t has 1 values, and 2 are wanted at byte 55 of the dump");
    assert!(bad("INSERT INTO u VALUES (1);").starts_with("rows of u come before the table is defined"));
    assert!(bad("INSERT INTO t VALUES (1,x);").contains("a value is wanted"));
    assert!(bad("INSERT INTO t VALUES (1 2);").contains("a comma or a parenthesis"));
    assert!(bad("INSERT INTO t (c) VALUES (1);").contains("columns that the table has"));
    assert!(bad("INSERT INTO t SELECT 1;").contains("VALUES is wanted"));
    assert!(bad("INSERT INTO t VALUES (_binary NULL,1);").contains("a text is wanted"));
    assert!(bad("{\"json\": 1}").contains("a statement is wanted"));
    assert!(bad("INSERT INTO t VALUES (X'0g',1);").contains("hexadecimal digits"));
    // A million names of character sets, one behind the other, are no value, and nothing to go down into.
    assert!(
        bad(&format!("INSERT INTO t VALUES ({}'x',1);", "_binary ".repeat(1_000_000))).contains("a text is wanted")
    );
}

#[test]
fn a_name_of_very_many_parts_is_a_name() {
    let name = "a.".repeat(1_000_000);
    let dump = format!("CREATE TABLE t (a int);\nINSERT INTO {name}t VALUES (1);\n");
    assert_eq!(rows(dump.as_bytes()), [[Some("1".into())]]);
}

#[test]
fn introducers_stand_before_texts_only() {
    let table = "CREATE TABLE t (a int);\n";
    assert_eq!(rows(format!("{table}INSERT INTO t VALUES (_binary 'x');\n").as_bytes()), [[Some("x".into())]]);
    let many = format!("{table}INSERT INTO t VALUES ({}'x');\n", "_binary ".repeat(1_000_000));
    assert!(read(many.as_bytes()).unwrap_err().contains("a text"));
}

proptest! {
    #[test]
    fn any_bytes_may_come(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn damage_never_panics(place in 0..MYSQL.len(), byte: u8) {
        let mut bytes = MYSQL.as_bytes().to_vec();
        bytes[place] = byte;
        let _ = read(&bytes);
    }

    #[test]
    fn texts_are_read_as_they_were_written(text: Vec<u8>, other: Vec<u8>) {
        let escaped = |text: &[u8]| {
            let mut out = Vec::new();
            for byte in text {
                match byte {
                    0 => out.extend(b"\\0"),
                    b'\n' => out.extend(b"\\n"),
                    b'\r' => out.extend(b"\\r"),
                    b'\'' | b'"' | b'\\' => out.extend([b'\\', *byte]),
                    26 => out.extend(b"\\Z"),
                    _ => out.push(*byte),
                }
            }
            out
        };
        let dump = [
            b"CREATE TABLE `t` (`a` blob,`b` blob);\nINSERT INTO `t` VALUES ('".to_vec(),
            escaped(&text), b"','".to_vec(), escaped(&other), b"');\n".to_vec(),
        ].concat();
        let items = read(&dump).unwrap();
        prop_assert_eq!(items.last(), Some(&Item::Row("t".into(), vec![Some(text), Some(other)])));
    }
}

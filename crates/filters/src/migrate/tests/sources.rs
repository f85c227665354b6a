//! Dumps as old and new versions of MediaWiki have them, with rows of every kind.

/// MediaWiki 1.39: people by number and name, `af_hidden` yes or no. Not alphabetical, as SQLite's dumps are not: texts
/// come first.
pub(super) const OLD: &str = r#"
CREATE TABLE `text` (`old_id` int NOT NULL, `old_text` mediumblob, `old_flags` tinyblob, PRIMARY KEY (`old_id`));
INSERT INTO `text` VALUES
(1,'{"ARTICLE_TEXT":"Foo bar","user_name":"192.0.2.9","new_size":5}','utf-8'),
(2,'a:2:{s:6:"action";s:4:"edit";s:11:"added_lines";a:1:{i:0;s:1:"a";}}','nativeDataArray'),
(3,'DB://cluster1/5','external,utf-8'),
(4,'O:25:"AbuseFilterVariableHolder":1:{s:5:"mVars";a:0:{}}','utf-8'),
(5,'nobody refers to this','utf-8');
CREATE TABLE `abuse_filter` (
  `af_id` bigint, `af_pattern` blob, `af_user` bigint, `af_user_text` varbinary(255), `af_timestamp` binary(14),
  `af_enabled` tinyint(1), `af_comments` blob, `af_public_comments` tinyblob, `af_hidden` tinyint(1), `af_hit_count` bigint,
  `af_throttled` tinyint(1), `af_deleted` tinyint(1), `af_actions` varchar(255), `af_global` tinyint(1), `af_group` varbinary(64),
  PRIMARY KEY (`af_id`)
);
INSERT INTO `abuse_filter` VALUES
(1,'user_age < 3','5','Ed','20200301000000',1,'n\r\n','One',0,40,1,0,'throttle,disallow',0,'default'),
(2,'user_age < 2',5,'Ed','20200101000000',1,NULL,'Two',1,0,0,0,'explode',0,'strange'),
(3,'user_age <',5,'Ed','20200101000000',0,'','Three',0,0,0,0,'',0,'default'),
(4,'user_age < 4',5,'Ed','20200101000000',0,'','Four',1,0,0,1,'',1,'default'),
(5,'user_age < 5',6,'Eve','20200105000000',1,'','Five',0,0,0,0,'tag',0,'default'),
(6,'user_age < 6',5,'Ed','2020010500000',1,'','Six',0,0,0,0,'',0,'default'),
(7,'1 == 2',5,'Ed','20200101000000',1,X'c328','Seven',0,0,0,0,'',0,'default');
CREATE TABLE `abuse_filter_action` (`afa_filter` bigint, `afa_consequence` varchar(255), `afa_parameters` tinyblob,
  PRIMARY KEY (`afa_filter`,`afa_consequence`));
INSERT INTO `abuse_filter_action` VALUES
(1,'throttle','1\n3,60\nuser'),(1,'disallow','abusefilter-disallowed'),(2,'explode',''),(5,'tag','x\ny'),(99,'tag','z');
CREATE TABLE `abuse_filter_history` (
  `afh_id` bigint, `afh_filter` bigint, `afh_user` bigint, `afh_user_text` varbinary(255), `afh_timestamp` binary(14),
  `afh_pattern` blob, `afh_comments` blob, `afh_flags` tinyblob, `afh_public_comments` tinyblob, `afh_actions` blob,
  `afh_deleted` tinyint(1), `afh_changed_fields` varchar(255), `afh_group` varbinary(64), PRIMARY KEY (`afh_id`)
);
INSERT INTO `abuse_filter_history` VALUES
(11,1,5,'Ed','20200101000000','user_age < 1','','enabled','One','a:0:{}',0,'af_pattern,af_enabled','default'),
(20,1,5,'Ed','20200201000000','user_age < 2','','hidden,enabled','One','a:1:{s:8:"throttle";a:3:{i:0;N;i:1;s:4:"3,60";i:2;s:4:"user";}}',0,'af_pattern,af_hidden','default'),
(21,5,6,'Eve','20200104000000','user_age < 5','','enabled','Five','O:8:"stdClass":0:{}',0,'','default'),
(22,1,5,'Ed','nonsense','user_age < 9','','enabled','One','a:0:{}',0,'','default'),
(23,1,5,'Ed','20200301000000','user_age < 3','n\r\n','enabled','One','a:2:{s:8:"disallow";a:1:{i:0;s:22:"abusefilter-disallowed";}s:8:"throttle";a:3:{i:0;s:1:"1";i:1;s:4:"3,60";i:2;s:4:"user";}}',0,'af_pattern,af_comments,actions','default'),
(24,2,5,'Ed','20200101000000','user_age < 2','','hidden,enabled','Two','a:1:{s:7:"explode";a:0:{}}',0,'','strange'),
(25,4,5,'Ed','20200101000000','user_age < 4','','hidden,deleted,global','Four','a:0:{}',1,'','default'),
(26,6,5,'Ed','20200101000000','user_age < 6','','enabled','Six','',0,'','default'),
(31,98,5,'Ed','20200101000000','1','','enabled','Gone','',0,'','default');
CREATE TABLE `abuse_filter_log` (
  `afl_id` bigint, `afl_global` tinyint(1), `afl_filter_id` bigint, `afl_user` bigint, `afl_user_text` varbinary(255),
  `afl_ip` varchar(255), `afl_action` varbinary(255), `afl_actions` varbinary(255), `afl_var_dump` blob, `afl_timestamp` binary(14),
  `afl_namespace` int, `afl_title` varbinary(255), `afl_wiki` varbinary(64), `afl_deleted` tinyint(1), `afl_patrolled_by` int,
  `afl_rev_id` int, PRIMARY KEY (`afl_id`)
);
INSERT INTO `abuse_filter_log` VALUES
(8,0,1,0,'192.0.2.9','192.0.2.9','edit','disallow,tag','tt:1','20200102000000',0,'Foo_bar',NULL,0,0,NULL),
(9,0,1,5,'Ed','','edit','tag','stored-text:2','20200401000000',0,'Foo_bar',NULL,0,0,77),
(10,0,1,5,'Ed','','edit','','tt:3','20200401000000',0,'A',NULL,0,0,NULL),
(11,0,1,5,'Ed','','edit','','tt:4','20200401000000',0,'A',NULL,0,0,NULL),
(12,0,1,5,'Ed','','edit','warn','tt:9','20200401000000',0,'A',NULL,1,0,NULL),
(13,0,98,5,'Ed','','edit','','tt:1','20200401000000',0,'A',NULL,0,0,NULL),
(14,1,5,5,'Ed','','edit','','tt:2','20200401000000',0,'A',NULL,0,0,NULL),
(15,0,5,0,'Wanted name','','createaccount','block','a:1:{s:6:"action";s:13:"createaccount";}','20200401000000',-1,'UserLogin',NULL,0,0,NULL),
(16,0,1,5,'Ed','','edit','','tt:1','0',0,'A',NULL,0,0,NULL),
(17,0,1,5,'Ed','','move','','tt:2','20200401000000',2,'A',NULL,0,0,NULL),
(18,0,5,5,'Ed','','edit','','tt:1','20200401000000',0,'Elsewhere','dewiki',0,0,NULL);
"#;

/// MediaWiki 1.44: people by the table `actor`, addresses in hexadecimal, bits of privacy, protected values beside the
/// address of the dump. The central wiki's.
pub(super) const NEW: &str = r#"-- MariaDB dump 10.19
CREATE TABLE `abuse_filter` (
  `af_id` bigint, `af_pattern` blob, `af_actor` bigint, `af_timestamp` binary(14),
  `af_enabled` tinyint(1), `af_comments` blob, `af_public_comments` tinyblob, `af_hidden` smallint, `af_hit_count` bigint,
  `af_throttled` tinyint(1), `af_deleted` tinyint(1), `af_actions` varchar(255), `af_global` tinyint(1), `af_group` varbinary(64),
  PRIMARY KEY (`af_id`)
);
INSERT INTO `abuse_filter` VALUES
(1,'user_unnamed_ip != ""',3,'20250301000000',1,'','Protected',2,2,0,0,'',0,'default'),
(2,'user_age < 2',4,'20250301000000',1,'','Everywhere',0,2,0,0,'',1,'default');
CREATE TABLE `abuse_filter_action` (`afa_filter` bigint, `afa_consequence` varchar(255), `afa_parameters` tinyblob);
CREATE TABLE `abuse_filter_history` (
  `afh_id` bigint, `afh_filter` bigint, `afh_actor` bigint, `afh_timestamp` binary(14),
  `afh_pattern` blob, `afh_comments` blob, `afh_flags` tinyblob, `afh_public_comments` tinyblob, `afh_actions` blob,
  `afh_changed_fields` varchar(255), `afh_group` varbinary(64), PRIMARY KEY (`afh_id`)
);
INSERT INTO `abuse_filter_history` VALUES
(1,1,3,'20250301000000','user_unnamed_ip != ""','','protected,enabled','Protected','a:0:{}','','default'),
(2,2,4,'20250301000000','user_age < 2','','enabled,global','Everywhere','a:0:{}','','default');
CREATE TABLE `abuse_filter_log` (
  `afl_id` bigint, `afl_global` tinyint(1), `afl_filter_id` bigint, `afl_user` bigint, `afl_user_text` varbinary(255),
  `afl_ip_hex` varbinary(35), `afl_action` varbinary(255), `afl_actions` varbinary(255), `afl_var_dump` blob, `afl_timestamp` binary(14),
  `afl_namespace` int, `afl_title` varbinary(255), `afl_wiki` varbinary(64), `afl_deleted` tinyint(1),
  `afl_rev_id` bigint, PRIMARY KEY (`afl_id`)
);
INSERT INTO `abuse_filter_log` VALUES
(1,0,1,8,'~2025-1','C0000207','edit','','{\"_blob\":\"tt:1\",\"user_unnamed_ip\":\"192.0.2.7\"}','20250401000000',0,'A',NULL,0,NULL),
(2,0,1,8,'~2025-2','v6-20010DB8000000000000000000000009','edit','','tt:1','20250401000000',0,'A',NULL,0,NULL),
(3,0,2,8,'~2025-1','C0000207','edit','','{\"_blob\":\"tt:1\",\"user_unnamed_ip\":\"192.0.2.7\"}','20250401000000',0,'A',NULL,0,NULL),
(4,1,2,7,'Named','','edit','','tt:2','20250401000000',0,'A','enwiki',0,5);
CREATE TABLE `actor` (`actor_id` bigint, `actor_user` int, `actor_name` varbinary(255), PRIMARY KEY (`actor_id`));
INSERT INTO `actor` VALUES (3,7,'Named'),(4,9,'Steward'),(5,NULL,'192.0.2.200');
CREATE TABLE `text` (`old_id` int NOT NULL, `old_text` mediumblob, `old_flags` tinyblob, PRIMARY KEY (`old_id`));
INSERT INTO `text` VALUES (1,'{"action":"edit","user_unnamed_ip":true}','utf-8'),(2,'[]','utf-8');
-- Dump completed on 2025-04-02  0:00:00
"#;

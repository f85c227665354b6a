//! The service of people, on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test says what must hold"
)]

mod people {
    pub(super) mod accounts;
    pub(super) mod oidc;
    pub(super) mod sessions;
    pub(super) mod stage;
    pub(super) mod statements;
    pub(super) mod tokens;
    pub(super) mod wikis;
}

macro_rules! on_both {
    ($($module:ident::$case:ident,)+) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $case() {
                super::people::$module::$case(super::people::stage::Stage::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test] async fn $case() {
                let Some(stage) = super::people::stage::Stage::postgres().await else { return };
                super::people::$module::$case(stage).await;
            })+
        }
    };
}

on_both! {
    wikis::a_wiki_is_added_changed_and_closed,
    wikis::only_who_manages_the_farm_changes_wikis,
    wikis::a_private_wiki_is_listed_for_nobody_else,
    wikis::sets_know_their_wikis,
    wikis::lists_come_in_full_pages,
    wikis::another_node_hears_of_a_change,
    wikis::rights_of_groups_are_changed_and_put_back,
    wikis::nobody_gives_a_group_rights_beyond_his_own,
    wikis::every_change_leaves_an_entry,
    tokens::a_token_counts_until_it_is_revoked_or_expires,
    tokens::a_token_of_a_closed_wiki_does_not_count,
    tokens::who_manages_one_wiki_sees_its_tokens_only,
    tokens::the_last_use_is_written_to_the_minute,
    tokens::the_database_never_holds_the_secret,
    tokens::a_wiki_has_a_bounded_number_of_tokens,
    statements::a_wiki_vouches_for_its_own_people,
    statements::a_statement_with_one_thing_wrong_does_not_count,
    statements::a_sign_in_works_once,
    statements::a_blocked_person_only_looks,
    statements::a_changed_group_counts_in_open_sessions,
    accounts::the_first_link_makes_one_account_with_every_right,
    accounts::two_first_links_at_once_make_one_account,
    accounts::an_invitation_gives_the_first_password,
    accounts::nobody_gives_rights_or_manages_people_beyond_his_own,
    accounts::there_is_always_somebody_who_manages_accounts,
    accounts::an_older_version_changes_nothing,
    accounts::names_differ_in_more_than_case,
    accounts::an_account_linked_to_a_wiki_is_its_users_human,
    sessions::a_right_password_signs_in_and_a_wrong_one_does_not,
    sessions::unknown_wrong_and_disabled_say_the_same,
    sessions::a_guess_at_what_is_there_takes_no_other_work_than_one_at_what_is_not,
    sessions::signing_in_is_limited,
    sessions::a_session_slides_and_ends,
    sessions::another_password_ends_all_sessions,
    sessions::disabling_an_account_ends_its_sessions,
    sessions::people_end_their_own_sessions_only,
    sessions::old_sessions_are_swept,
    oidc::a_person_signs_in_at_a_real_provider,
}

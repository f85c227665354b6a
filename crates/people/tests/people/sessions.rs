use super::stage::{PASSWORD, Stage};
use serde_json::json;
use wikiward_farm::{Limit, Right, Viewer};
use wikiward_people::limit::PER_NAME;
use wikiward_people::{AccountError, Password, SessionError, SignInError};

fn right() -> Password {
    Password::new(PASSWORD)
}

pub(crate) async fn a_right_password_signs_in_and_a_wrong_one_does_not(stage: Stage) {
    let id = stage.account("Ada", &[Right::Revert]).await;
    let (people, now) = (&stage.people, stage.now());
    let session = people.sign_in("ADA", &right(), None, now).await.unwrap();
    let ada = people.session(&session.secret, now).await.unwrap().unwrap();
    assert_eq!(ada.principal.key(), format!("account:{id}"));
    assert!(ada.may(Right::Revert, &"enwiki".parse().unwrap()));
    assert!(!format!("{session:?}").contains(&session.secret));
    let other = people.sign_in("Ada", &right(), None, now).await.unwrap();
    let mixed = format!("{}{}", &session.secret[..31], &other.secret[31..]);
    for bad in ["", "wwa_", &mixed, &session.secret.replace("wwa", "wws")] {
        assert_eq!(people.session(bad, now).await.unwrap(), None, "{bad}");
    }
    assert_eq!(people.service(&session.secret), None);
    let account = people.account(&Viewer::operator(), id).await.unwrap().unwrap();
    assert_eq!(account.last_sign_in_at, Some(now));
}

pub(crate) async fn unknown_wrong_and_disabled_say_the_same(stage: Stage) {
    stage.account("Ada", &[]).await;
    let off = stage.account("Off", &[]).await;
    let (operator, people) = (Viewer::operator(), &stage.people);
    let account = people.account(&operator, off).await.unwrap().unwrap();
    let draft =
        wikiward_people::AccountDraft { name: account.name, rights: account.rights, identity: None, is_disabled: true };
    people.change_account(&operator, off, account.version, draft).await.unwrap();
    let invited = wikiward_people::AccountDraft {
        name: "Invited".parse().unwrap(),
        rights: std::collections::BTreeMap::new(),
        identity: None,
        is_disabled: false,
    };
    people.add_account(&operator, invited).await.unwrap();
    let long = Password::new("x".repeat(5000));
    let tries = [
        ("Ada", Password::new("a wrong password")),
        ("Nobody", right()),
        ("Off", right()),
        ("Invited", right()),
        ("\n", right()),
        ("Ada", long),
    ];
    for (name, password) in tries {
        let before = stage.store.statements();
        let refused = people.sign_in(name, &password, None, stage.now()).await;
        // The account is looked for, and nothing else; a password is compared in any case (see `hasher`).
        assert_eq!(stage.store.statements() - before, 1, "{name:?}");
        assert!(matches!(refused, Err(SignInError::Credentials)), "{name:?}");
        assert_eq!(refused.unwrap_err().to_string(), "name or password is not right");
    }
}

pub(crate) async fn signing_in_is_limited(stage: Stage) {
    stage.account("Ada", &[]).await;
    let people = &stage.people;
    for _ in 0..PER_NAME.burst {
        let refused = people.sign_in("Ada", &Password::new("a wrong password"), None, stage.now()).await;
        assert!(matches!(refused, Err(SignInError::Credentials)));
    }
    let limited = people.sign_in("ADA", &right(), None, stage.now()).await;
    let Err(SignInError::TooOften(limit)) = limited else { panic!("it is limited") };
    stage.pass(limit.retry_after_s.into());
    people.sign_in("Ada", &right(), None, stage.now()).await.unwrap();
    people.sign_in("Ada", &right(), None, stage.now()).await.expect("a right password is paid back");
}

pub(crate) async fn a_session_slides_and_ends(stage: Stage) {
    stage.account("Ada", &[]).await;
    let people = &stage.people;
    let session = people.sign_in("Ada", &right(), None, stage.now()).await.unwrap();
    let is_open = async || people.session(&session.secret, stage.now()).await.unwrap().is_some();
    // Used every 11 hours it lives for its 14 days and no longer, with and without writing in between.
    for turn in 0..30 {
        stage.pass(11 * 3600);
        assert!(is_open().await, "{turn}");
        if turn % 2 == 0 {
            people.write_touches().await.unwrap();
        }
    }
    stage.pass(11 * 3600);
    assert!(!is_open().await);
    let idle = people.sign_in("Ada", &right(), None, stage.now()).await.unwrap();
    stage.pass(12 * 3600);
    assert!(people.session(&idle.secret, stage.now()).await.unwrap().is_none());
}

pub(crate) async fn another_password_ends_all_sessions(stage: Stage) {
    stage.account("Ada", &[]).await;
    let (people, now) = (&stage.people, stage.now());
    let first = people.sign_in("Ada", &right(), None, now).await.unwrap();
    let second = people.sign_in("Ada", &right(), None, now).await.unwrap();
    let ada = people.session(&first.secret, now).await.unwrap().unwrap();
    let new = Password::new("another long password");
    let wrong = people.change_password(&ada, &Password::new("a wrong password"), &new).await;
    assert!(matches!(wrong, Err(AccountError::WrongPassword)));
    let short = people.change_password(&ada, &right(), &Password::new("short")).await;
    assert!(matches!(short, Err(AccountError::Invalid(_))));
    people.change_password(&ada, &right(), &new).await.unwrap();
    for session in [first, second] {
        assert_eq!(people.session(&session.secret, now).await.unwrap(), None);
    }
    assert!(matches!(people.sign_in("Ada", &right(), None, now).await, Err(SignInError::Credentials)));
    people.sign_in("Ada", &new, None, now).await.unwrap();
}

pub(crate) async fn disabling_an_account_ends_its_sessions(stage: Stage) {
    let id = stage.account("Ada", &[]).await;
    let (operator, people, now) = (Viewer::operator(), &stage.people, stage.now());
    let session = people.sign_in("Ada", &right(), None, now).await.unwrap();
    let link = people.make_password_link(&operator, id).await.unwrap();
    let account = people.account(&operator, id).await.unwrap().unwrap();
    let off = |is_disabled| wikiward_people::AccountDraft {
        name: account.name.clone(),
        rights: account.rights.clone(),
        identity: None,
        is_disabled,
    };
    let disabled = people.change_account(&operator, id, account.version, off(true)).await.unwrap();
    assert_eq!(people.session(&session.secret, now).await.unwrap(), None);
    assert!(people.redeem(&link.secret, None, &right(), now).await.is_err());
    let refused = people.make_password_link(&operator, id).await;
    assert!(matches!(refused, Err(AccountError::Invalid(_))));
    people.change_account(&operator, id, disabled.version, off(false)).await.unwrap();
    assert_eq!(people.session(&session.secret, now).await.unwrap(), None, "ended is ended");
    assert_eq!(stage.actions().await[..2], ["account.enable", "account.disable"]);
}

pub(crate) async fn people_end_their_own_sessions_only(stage: Stage) {
    stage.account("Ada", &[]).await;
    let bob_id = stage.account("Bob", &[]).await;
    let signer = stage.wiki("enwiki").await;
    let (people, now) = (&stage.people, stage.now());
    let ada_session = people.sign_in("Ada", &right(), None, now).await.unwrap();
    let bob_session = people.sign_in("Bob", &right(), None, now).await.unwrap();
    let ada = people.session(&ada_session.secret, now).await.unwrap().unwrap();
    let own = people.sessions(&ada, None, None, Limit::default()).await.unwrap();
    assert_eq!(own.items.len(), 2, "the one from the link, and this one");
    assert!(own.items.iter().all(|session| session.principal == ada.principal));
    let others = people.sessions(&ada, Some(bob_id), None, Limit::default()).await;
    assert!(matches!(others, Err(SessionError::Forbidden(Right::ManageAccounts))));
    let stranger = people.end_session(&ada, &bob_session.session.id).await;
    assert!(matches!(stranger, Err(SessionError::Unknown)));
    let nowhere = people.end_session(&ada, "nothing").await;
    assert!(matches!(nowhere, Err(SessionError::Unknown)));
    people.end_session(&ada, &ada_session.session.id).await.unwrap();
    assert_eq!(people.session(&ada_session.secret, now).await.unwrap(), None);
    people.end_session(&Viewer::operator(), &bob_session.session.id).await.unwrap();
    assert_eq!(people.session(&bob_session.secret, now).await.unwrap(), None);
    let statement = signer.statement("sign-in", now, json!({}));
    let visitor = people.sign_in_from_wiki(&statement, None, now).await.unwrap();
    let visitor = people.session(&visitor.secret, now).await.unwrap().unwrap();
    assert_eq!(people.sessions(&visitor, None, None, Limit::default()).await.unwrap().items.len(), 1);
    let nobody = people.sessions(&people.anonymous(), None, None, Limit::default()).await;
    assert!(matches!(nobody, Err(SessionError::Nobody)));
}

pub(crate) async fn old_sessions_are_swept(stage: Stage) {
    stage.account("Ada", &[]).await;
    stage.people.sign_in("Ada", &right(), None, stage.now()).await.unwrap();
    let count = async |table: &str| {
        let statement =
            if table == "sessions" { "SELECT COUNT(*) FROM sessions" } else { "SELECT COUNT(*) FROM tickets" };
        stage.store.reader().await.unwrap().one(statement).await.unwrap().get::<i64>(0).unwrap()
    };
    stage.people.sweep(stage.now()).await.unwrap();
    assert_eq!((count("sessions").await, count("tickets").await), (2, 1));
    stage.pass(22 * 24 * 3600);
    stage.people.sweep(stage.now()).await.unwrap();
    assert_eq!((count("sessions").await, count("tickets").await), (0, 0));
}

/// Ids are no secrets: whether there is something under one shows neither in an answer nor in the work it takes.
pub(crate) async fn a_guess_at_what_is_there_takes_no_other_work_than_one_at_what_is_not(stage: Stage) {
    stage.account("Ada", &[]).await;
    let (operator, people) = (Viewer::operator(), &stage.people);
    let session = people.sign_in("Ada", &right(), None, stage.now()).await.unwrap();
    let other = people.sign_in("Ada", &right(), None, stage.now()).await.unwrap();
    people.end_session(&operator, &other.session.id).await.unwrap();
    let of = |id: &str| format!("wwa_{id}_{}", "x".repeat(43));
    let missing = "0".repeat(26);
    for bearer in [of(&session.session.id), of(&other.session.id), of(&missing)] {
        let before = stage.store.statements();
        assert_eq!(people.session(&bearer, stage.now()).await.unwrap(), None);
        assert_eq!(stage.store.statements() - before, 1, "{bearer}");
    }
    // Somebody's session, for who may not end it; nobody's.
    let stranger = super::stage::viewer("enwiki", &[]);
    let mut work = Vec::new();
    for id in [&session.session.id, &missing] {
        let before = stage.store.statements();
        assert!(matches!(people.end_session(&stranger, id).await, Err(SessionError::Unknown)));
        work.push(stage.store.statements() - before);
    }
    assert_eq!(work[0], work[1]);
    // A token of a wiki that the viewer does not manage; none.
    let draft = wikiward_people::TokenDraft {
        wiki: "*".parse().unwrap(),
        label: "x".into(),
        scopes: [wikiward_people::Scope::Evaluate].into_iter().collect(),
        expires_at: None,
    };
    let token = people.make_token(&operator, draft).await.unwrap();
    for id in [&token.token.id, &missing] {
        let before = stage.store.statements();
        assert_eq!(people.token(&stranger, id).await.unwrap(), None);
        assert!(matches!(people.revoke_token(&stranger, id, "").await, Err(wikiward_people::TokenError::Unknown)));
        assert_eq!(stage.store.statements() - before, 2, "{id}");
        // Bearers of programs are looked up in memory.
        assert_eq!(people.service(&format!("wws_{id}_{}", "x".repeat(43))), None);
        assert_eq!(stage.store.statements() - before, 2, "{id}");
    }
    // A link that was taken back, one with a secret that is not its own, one that never was.
    let id = people.accounts(&operator, 0, Limit::default()).await.unwrap().items[0].id;
    let old = people.make_password_link(&operator, id).await.unwrap();
    let new = people.make_password_link(&operator, id).await.unwrap();
    let head = |link: &str| link.get(..31).unwrap().to_owned();
    let wrong = format!("{}{}", head(&new.secret), "x".repeat(43));
    for link in [old.secret, wrong, format!("wwt_{missing}_{}", "x".repeat(43))] {
        let before = stage.store.statements();
        let refused = people.redeem(&link, None, &right(), stage.now()).await;
        assert!(matches!(refused, Err(wikiward_people::RedeemError::Unknown)));
        assert_eq!(stage.store.statements() - before, 1, "{link}");
    }
}

use super::stage::{PASSWORD, Stage, viewer};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Human, Limit, Right, Viewer, WikiId};
use wikiward_people::{AccountDraft, AccountError, Identity, OidcSettings, Password, PeopleSettings, RedeemError};

fn draft(name: &str, rights: &[Right]) -> AccountDraft {
    let rights = [(WikiId::farm(), rights.iter().copied().collect::<RightSet>())].into_iter().collect();
    AccountDraft { name: name.parse().unwrap(), rights, identity: None, is_disabled: false }
}

pub(crate) async fn the_first_link_makes_one_account_with_every_right(stage: Stage) {
    let (people, now) = (&stage.people, stage.now());
    let old = people.first_link(now).await.unwrap().unwrap();
    let link = people.first_link(now).await.unwrap().unwrap();
    let password = Password::new(PASSWORD);
    let name = || Some("Ada Example".parse().unwrap());
    assert!(matches!(people.redeem(&old, name(), &password, now).await, Err(RedeemError::Unknown)), "taken back");
    assert!(matches!(people.redeem(&link, None, &password, now).await, Err(RedeemError::NameWanted)));
    let short = people.redeem(&link, name(), &Password::new("short"), now).await;
    assert!(matches!(short, Err(RedeemError::Invalid(wrong)) if wrong[0].code == "password_short"));
    let session = people.redeem(&link, name(), &password, now).await.unwrap();
    let ada = people.session(&session.secret, now).await.unwrap().unwrap();
    assert_eq!(ada.rights_on(&WikiId::farm()), RightSet::all());
    assert!(matches!(people.redeem(&link, name(), &password, now).await, Err(RedeemError::Unknown)));
    assert_eq!(people.first_link(now).await.unwrap(), None);
    people.sign_in("ada example", &password, None, now).await.unwrap();
    assert_eq!(stage.actions().await, ["session.begin", "session.begin", "account.first"]);
}

pub(crate) async fn two_first_links_at_once_make_one_account(stage: Stage) {
    let (people, now) = (&stage.people, stage.now());
    let link = people.first_link(now).await.unwrap().unwrap();
    let password = Password::new(PASSWORD);
    let redeem = |name: &str| people.redeem(&link, Some(name.parse().unwrap()), &password, now);
    let (a, b) = tokio::join!(redeem("Ada"), redeem("Bob"));
    assert!(a.is_ok() != b.is_ok());
    let expired = stage.people.accounts(&Viewer::operator(), 0, Limit::default()).await.unwrap();
    assert_eq!(expired.items.len(), 1);
}

pub(crate) async fn an_invitation_gives_the_first_password(stage: Stage) {
    let (operator, people, password) = (Viewer::operator(), &stage.people, Password::new(PASSWORD));
    let account = people.add_account(&operator, draft("Bob", &[])).await.unwrap();
    assert!(!account.has_password);
    let earlier = people.make_password_link(&operator, account.id).await.unwrap();
    let link = people.make_password_link(&operator, account.id).await.unwrap();
    assert!(!format!("{link:?}").contains(&link.secret));
    let old = people.redeem(&earlier.secret, None, &password, stage.now()).await;
    assert!(matches!(old, Err(RedeemError::Unknown)), "a new link takes back the one before");
    let named = people.redeem(&link.secret, None, &Password::new("bob likes tea"), stage.now()).await;
    assert!(named.is_ok(), "only little more than the name is refused");
    let again = people.redeem(&link.secret, None, &password, stage.now()).await;
    assert!(matches!(again, Err(RedeemError::Unknown)));
    let reset = people.make_password_link(&operator, account.id).await.unwrap();
    assert_eq!(reset.expires_at.as_second() - stage.now().as_second(), 3600);
    stage.pass(3600);
    let late = people.redeem(&reset.secret, None, &password, stage.now()).await;
    assert!(matches!(late, Err(RedeemError::Unknown)));
    let unknown = people.make_password_link(&operator, 999).await;
    assert!(matches!(unknown, Err(AccountError::Unknown)));
    for bad in ["", "wwt_x", "wws_00000000000000000000000000_0000000000000000000000000000000000000000000"] {
        assert!(matches!(people.redeem(bad, None, &password, stage.now()).await, Err(RedeemError::Unknown)));
    }
}

pub(crate) async fn nobody_gives_rights_or_manages_people_beyond_his_own(stage: Stage) {
    let (people, manager) = (&stage.people, viewer("*", &[Right::ManageAccounts, Right::Revert]));
    let may_more = stage.account("Steward", &[Right::SuppressRevision]).await;
    let refused = people.add_account(&manager, draft("Eve", &[Right::SuppressRevision])).await;
    assert!(matches!(refused, Err(AccountError::Beyond { right: Right::SuppressRevision, .. })));
    let link = people.make_password_link(&manager, may_more).await;
    assert!(matches!(link, Err(AccountError::Beyond { .. })), "a link would be a way into the account");
    let account = people.account(&manager, may_more).await.unwrap().unwrap();
    let weaker = people.change_account(&manager, may_more, account.version, draft("Steward", &[])).await;
    assert!(matches!(weaker, Err(AccountError::Beyond { .. })));
    people.add_account(&manager, draft("Bob", &[Right::Revert])).await.unwrap();
    let local = viewer("enwiki", Right::ALL);
    assert!(matches!(people.add_account(&local, draft("Eve", &[])).await, Err(AccountError::Forbidden(_))));
    assert!(matches!(people.accounts(&local, 0, Limit::default()).await, Err(AccountError::Forbidden(_))));
    assert_eq!(people.account(&local, may_more).await.unwrap(), None);
}

pub(crate) async fn there_is_always_somebody_who_manages_accounts(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    let ada = stage.account("Ada", &[Right::ManageAccounts]).await;
    let bob = stage.account("Bob", &[Right::ManageAccounts]).await;
    let change = async |id: i64, draft: AccountDraft| {
        let version = people.account(&operator, id).await.unwrap().unwrap().version;
        people.change_account(&operator, id, version, draft).await
    };
    let disabled = AccountDraft { is_disabled: true, ..draft("Ada", &[Right::ManageAccounts]) };
    let without = draft("Bob", &[]);
    let (a, b) = tokio::join!(change(ada, disabled.clone()), change(bob, without));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let refused = [a, b].into_iter().find_map(Result::err).unwrap();
    assert!(matches!(refused, AccountError::LastAdministrator), "{refused:?}");
}

pub(crate) async fn an_older_version_changes_nothing(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    let account = people.add_account(&operator, draft("Bob", &[])).await.unwrap();
    let changed = people.change_account(&operator, account.id, 1, draft("Bobby", &[Right::Revert])).await.unwrap();
    assert_eq!((changed.version, changed.name.as_str()), (2, "Bobby"));
    let outdated = people.change_account(&operator, account.id, 1, draft("Robert", &[])).await;
    assert!(matches!(outdated, Err(AccountError::Stale { base: 1, current: 2 })));
    let same = people.change_account(&operator, account.id, 2, draft("Bobby", &[Right::Revert])).await.unwrap();
    assert_eq!(same.version, 2);
    assert_eq!(stage.actions().await, ["account.rename", "account.add"]);
    let elsewhere = Identity { issuer: "https://nowhere.example".into(), subject: "1".into() };
    let refused = people.add_account(&operator, AccountDraft { identity: Some(elsewhere), ..draft("Eve", &[]) }).await;
    assert!(matches!(refused, Err(AccountError::Invalid(wrong)) if wrong[0].code == "unknown_issuer"));
}

pub(crate) async fn names_differ_in_more_than_case(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    people.add_account(&operator, draft("Zoë", &[])).await.unwrap();
    let taken = people.add_account(&operator, draft("ZOË", &[])).await;
    assert!(matches!(taken, Err(AccountError::Taken)));
    let bob = people.add_account(&operator, draft("Bob", &[])).await.unwrap();
    let renamed = people.change_account(&operator, bob.id, 1, draft("zoë", &[])).await;
    assert!(matches!(renamed, Err(AccountError::Taken)));
    assert_eq!(people.account(&operator, bob.id).await.unwrap().unwrap().name.as_str(), "Bob");
}

pub(crate) async fn an_account_linked_to_a_wiki_is_its_users_human(stage: Stage) {
    stage.wiki("enwiki").await;
    let issuer = |issuer: &str| OidcSettings {
        issuer: issuer.into(),
        client_id: "wikiward".into(),
        client_secret: None,
        redirect_url: "http://127.0.0.1:8480/sign-in/back".into(),
        creates_accounts: false,
    };
    let issuers = ["https://enwiki.example/w/rest.php/oauth2", "https://enwiki.example", "https://id.example"];
    let oidc = issuers.map(issuer).into();
    let people = &stage.node(PeopleSettings { oidc, ..PeopleSettings::default() }).await;
    let human_of = async |name: &str, issuer: &str, subject: &str| {
        let identity = Some(Identity { issuer: issuer.into(), subject: subject.into() });
        let operator = Viewer::operator();
        let account = AccountDraft { identity, ..draft(name, &[]) };
        let account = people.add_account(&operator, account).await.unwrap();
        let link = people.make_password_link(&operator, account.id).await.unwrap();
        let session = people.redeem(&link.secret, None, &Password::new(PASSWORD), stage.now()).await.unwrap();
        people.session(&session.secret, stage.now()).await.unwrap().unwrap().human()
    };
    let user = |wiki: &str, id: i64, name: &str| Human::stored(&format!("wiki:{wiki}:{id}"), name);
    let by_number = human_of("root", issuers[0], "17").await;
    assert!(by_number.may_be(&user("enwiki", 17, "Ada")));
    assert!(!by_number.may_be(&user("enwiki", 18, "Ada")) && !by_number.may_be(&user("dewiki", 17, "Ada")));
    let by_name = human_of("root 2", issuers[1], "Bob_B").await;
    assert!(by_name.may_be(&user("enwiki", 18, "Bob B")) && !by_name.may_be(&by_number));
    let elsewhere = human_of("root 3", issuers[2], "17").await;
    assert!(!elsewhere.may_be(&user("enwiki", 17, "Ada")), "whose number that is, only the other service knows");
}

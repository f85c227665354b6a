//! Registering groups and consequences, and opting out of farm-wide filters.

use super::events::{self, NewEvent};
use super::optout::OptOut;
use super::records::{self, Chosen};
use super::service::{Filters, ReadError};
use crate::groups::change::Removed;
use crate::groups::custom::CustomDocument;
use crate::groups::document::{self, GroupDocument};
use crate::groups::{CustomConsequence, Group, Registry, builtin, records as group_records};
use crate::model::Editor;
use crate::save::Finding;
use serde_json::json;
use wikiward_farm::{AuditEntry, Coded, Principal, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

/// A filter that would miss what a registration takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The wiki that owns it.
    pub wiki: WikiId,
    /// Its number; none if it is restricted.
    pub number: Option<u32>,
}

/// Why a group or consequence was not registered or removed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// It is not there.
    #[error("nothing of that name is registered")]
    NotFound,
    /// It belongs to another component.
    #[error("it belongs to {0}")]
    Owned(String),
    /// Enabled filters would miss something.
    #[error("{} enabled filters use what would go", .0.len())]
    InUse(Vec<Missing>),
    /// The document is not valid.
    #[error("the document is not valid")]
    Invalid(Vec<Finding>),
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for RegisterError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Owned(_) => "group_owned",
            Self::InUse(_) => "variable_in_use",
            Self::Invalid(_) => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}

impl Filters {
    /// Registers a group, or changes it. The same document again changes nothing.
    ///
    /// # Errors
    /// [`RegisterError`]; nothing is written then.
    pub async fn put_group(
        &self,
        by: &Principal,
        name: &str,
        document: &GroupDocument,
    ) -> Result<Group, RegisterError> {
        let mut tx = self.store.begin().await?;
        let registry = Registry::load(&mut tx).await?;
        let custom: Vec<&str> = registry.consequences.keys().map(String::as_str).collect();
        let mut group = document::parse(name, document, &custom).map_err(RegisterError::Invalid)?;
        let offered_elsewhere = |variable: &str| {
            registry.groups_offering(variable).any(|other| {
                other != name
                    && registry.groups.get(other).and_then(|it| it.own_variable(variable)).map(|it| it.is_protected)
                        != group.own_variable(variable).map(|it| it.is_protected)
            })
        };
        // One name has one meaning of protection everywhere: checks of a filter look at all groups.
        if let Some(variable) = group.variables.iter().find(|variable| offered_elsewhere(&variable.name)) {
            let message = "another group offers this variable with another protection";
            return Err(RegisterError::Invalid(vec![
                Finding::new("bad_var_name", "variables", message).with(&*variable.name),
            ]));
        }
        if let Some(old) = registry.groups.get(name) {
            if old.owner != group.owner || old.owner == builtin::OWNER {
                return Err(RegisterError::Owned(old.owner.clone()));
            }
            group.version = old.version;
            if *old == group {
                return Ok(group);
            }
            group.version = old.version.saturating_add(1);
            self.refuse_if_missed(&mut tx, name, &Removed::between(old, Some(&group))).await?;
        } else if group.owner == builtin::OWNER {
            return Err(RegisterError::Owned(group.owner));
        }
        let now = self.store.clock().now();
        group_records::put_group(&mut tx, &group, now).await?;
        let details = json!({"version": group.version, "owner": group.owner});
        self.registered(tx, by, "group.put", format!("group:{name}"), details, now).await?;
        Ok(group)
    }

    /// A registered group.
    ///
    /// # Errors
    /// [`RegisterError::NotFound`].
    pub async fn group(&self, name: &str) -> Result<Group, RegisterError> {
        self.registry().await?.groups.get(name).cloned().ok_or(RegisterError::NotFound)
    }

    /// Removes a group that no enabled filter needs.
    ///
    /// # Errors
    /// [`RegisterError`]; nothing is removed then.
    pub async fn delete_group(&self, by: &Principal, name: &str) -> Result<(), RegisterError> {
        let mut tx = self.store.begin().await?;
        let registry = Registry::load(&mut tx).await?;
        let old = registry.groups.get(name).ok_or(RegisterError::NotFound)?;
        if old.owner == builtin::OWNER {
            return Err(RegisterError::Owned(old.owner.clone()));
        }
        self.refuse_if_missed(&mut tx, name, &Removed::between(old, None)).await?;
        group_records::delete_group(&mut tx, name).await?;
        let details = json!({"owner": old.owner});
        self.registered(tx, by, "group.delete", format!("group:{name}"), details, self.store.clock().now()).await?;
        Ok(())
    }

    /// Registers a custom consequence, or changes it.
    ///
    /// # Errors
    /// [`RegisterError`]; nothing is written then.
    pub async fn put_consequence(
        &self,
        by: &Principal,
        name: &str,
        document: &CustomDocument,
    ) -> Result<CustomConsequence, RegisterError> {
        let custom = CustomConsequence::parse(name, document).map_err(RegisterError::Invalid)?;
        let mut tx = self.store.begin().await?;
        let registry = Registry::load(&mut tx).await?;
        match registry.consequences.get(name) {
            Some(old) if old.owner != custom.owner || old.owner == builtin::OWNER => {
                return Err(RegisterError::Owned(old.owner.clone()));
            }
            None if custom.owner == builtin::OWNER => return Err(RegisterError::Owned(custom.owner)),
            Some(old) if *old == custom => return Ok(custom),
            _ => {}
        }
        let now = self.store.clock().now();
        group_records::put_consequence(&mut tx, &custom, now).await?;
        let details = json!({"owner": custom.owner});
        self.registered(tx, by, "consequence.put", format!("consequence:{name}"), details, now).await?;
        Ok(custom)
    }

    /// A registered custom consequence.
    ///
    /// # Errors
    /// [`RegisterError::NotFound`].
    pub async fn consequence(&self, name: &str) -> Result<CustomConsequence, RegisterError> {
        self.registry().await?.consequences.get(name).cloned().ok_or(RegisterError::NotFound)
    }

    /// Removes a custom consequence that no enabled filter has and no group allows.
    ///
    /// # Errors
    /// [`RegisterError`]; nothing is removed then.
    pub async fn delete_consequence(&self, by: &Principal, name: &str) -> Result<(), RegisterError> {
        let mut tx = self.store.begin().await?;
        let registry = Registry::load(&mut tx).await?;
        let old = registry.consequences.get(name).ok_or(RegisterError::NotFound)?;
        if old.owner == builtin::OWNER {
            return Err(RegisterError::Owned(old.owner.clone()));
        }
        if let Some(group) = registry.groups.values().find(|group| group.allows(name)) {
            let message = format!("the group `{}` allows it: change the group first", group.name);
            return Err(RegisterError::Invalid(vec![
                Finding::new("action_not_allowed", "name", message).with(&*group.name),
            ]));
        }
        let member = format!("{}:[", json!(name));
        let enabled = group_records::enabled(&mut tx, None).await?;
        let missing = enabled.into_iter().filter(|filter| filter.actions.contains(&member)).map(missing);
        let missing: Vec<Missing> = missing.collect();
        if !missing.is_empty() {
            return Err(RegisterError::InUse(missing));
        }
        group_records::delete_consequence(&mut tx, name).await?;
        let details = json!({"owner": old.owner});
        let now = self.store.clock().now();
        self.registered(tx, by, "consequence.delete", format!("consequence:{name}"), details, now).await?;
        Ok(())
    }

    async fn refuse_if_missed(&self, tx: &mut Tx, group: &str, removed: &Removed) -> Result<(), RegisterError> {
        if removed.is_nothing() {
            return Ok(());
        }
        let enabled = group_records::enabled(tx, Some(group)).await?;
        let misses = |filter: &group_records::EnabledFilter| removed.is_missed_by(&filter.rules, &filter.uses_vars);
        let missing: Vec<Missing> = enabled.into_iter().filter(misses).map(missing).collect();
        if missing.is_empty() { Ok(()) } else { Err(RegisterError::InUse(missing)) }
    }

    async fn registered(
        &self,
        mut tx: Tx,
        by: &Principal,
        action: &'static str,
        subject: String,
        details: serde_json::Value,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let announced = subject.clone();
        let entry =
            AuditEntry { at, by: by.clone(), wiki: WikiId::farm(), action, subject, reason: String::new(), details };
        tx.audit(&entry).await?;
        tx.announce("groups", &announced).await?;
        tx.commit().await?;
        self.in_force.refresh().await;
        Ok(())
    }

    /// Sets, or with none clears, what a wiki leaves of a farm-wide filter.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if the filter is not farm-wide or may not be seen, [`ReadError::Forbidden`].
    pub async fn set_optout(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        optout: Option<&OptOut>,
        reason: &str,
    ) -> Result<(), ReadError> {
        let filter = {
            let mut conn = self.store.reader().await?;
            self.seen(&mut conn, viewer, wiki, gid).await?.0
        };
        if !filter.key.wiki.is_farm() || wiki.is_farm() {
            return Err(ReadError::NotFound);
        }
        if !viewer.may(Right::Optout, wiki) {
            return Err(ReadError::Forbidden(Right::Optout));
        }
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        let before = records::optout(&mut tx, wiki, filter.key.number).await?;
        if before.as_ref() == optout {
            return Ok(());
        }
        let chosen = Chosen { at: now, by: Editor::from(&viewer.principal), reason };
        records::put_optout(&mut tx, wiki, filter.key.number, optout, &chosen).await?;
        let details = match optout {
            Some(optout) => {
                json!({"wiki": wiki.as_str(), "mode": optout.mode.name(), "consequences": optout.consequences})
            }
            None => json!({"wiki": wiki.as_str()}),
        };
        let event = NewEvent {
            key: &filter.key,
            privacy: filter.draft.privacy,
            by: &viewer.principal,
            kind: if optout.is_some() { "optout.set" } else { "optout.clear" },
            reason_code: "",
            reason,
            details: details.clone(),
        };
        events::append(&mut tx, &event, now, &*self.entropy).await?;
        let entry = AuditEntry {
            at: now,
            by: viewer.principal.clone(),
            wiki: wiki.clone(),
            action: "filter.optout",
            subject: format!("filter:{}", filter.key.gid()),
            reason: reason.to_owned(),
            details,
        };
        tx.audit(&entry).await?;
        tx.announce("optouts", &format!("{wiki}:{}", filter.key.number)).await?;
        tx.commit().await?;
        self.in_force.refresh().await;
        Ok(())
    }
}

fn missing(filter: group_records::EnabledFilter) -> Missing {
    Missing { wiki: filter.wiki, number: filter.is_public.then_some(filter.number) }
}

//! Accounts, their roles and their sessions.

use sea_orm::sea_query::{Expr, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateResult,
};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{account, membership, session};
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{AccountRow, MembershipRow, SessionRow, Store, StoreError};

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the login is taken; the database's.
    pub async fn insert_account(&self, row: AccountRow) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<account::Entity, _>(tx, vec![row], OnExisting::Fail)))
            .await
    }

    /// An account by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn account(&self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        Ok(keyed(account::Entity::find_by_id(id), self.reader())
            .await?
            .map(AccountRow::from))
    }

    /// Accounts by their ids, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts_by_ids(&self, ids: &[String]) -> Result<Vec<AccountRow>, StoreError> {
        Ok(rows_of(
            account::Entity::find()
                .filter(account::Column::Id.is_in(ids))
                .all(self.reader())
                .await?,
        ))
    }

    /// An account by its sign-in name.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<AccountRow>, StoreError> {
        let row = keyed(
            account::Entity::find().filter(account::Column::Login.eq(login)),
            self.reader(),
        )
        .await?;
        Ok(row.map(AccountRow::from))
    }

    /// All accounts, by sign-in name.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        Ok(rows_of(
            account::Entity::find()
                .order_by_asc(account::Column::Login)
                .all(self.reader())
                .await?,
        ))
    }

    /// Changes an account's password hash, whatever it was, and ends its sessions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's.
    pub async fn set_password_hash(
        &self,
        account_id: &str,
        password_hash: &str,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.put_password_hash(account_id, None, password_hash, at).await
    }

    /// Changes an account's password hash that a password was compared with, and ends its sessions: of two who know the old one and
    /// come at once, the second one's is the old one no more.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also where another was set meanwhile; the database's.
    pub async fn change_password_hash(
        &self,
        account_id: &str,
        from: &str,
        to: &str,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.put_password_hash(account_id, Some(from), to, at).await
    }

    async fn put_password_hash(
        &self,
        account_id: &str,
        from: Option<&str>,
        to: &str,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (id, from, to) = (account_id.to_owned(), from.map(str::to_owned), to.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let mut update = account::Entity::update_many()
                    .col_expr(account::Column::PasswordHash, Expr::value(to))
                    .filter(account::Column::Id.eq(id.as_str()));
                if let Some(from) = from {
                    update = update.filter(account::Column::PasswordHash.eq(from));
                }
                one(&update.exec(tx).await?)?;
                let sessions = revoke(Some(at.into())).filter(session::Column::AccountId.eq(id));
                sessions.exec(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Replaces the hash of a password by another of the same password, unless another was set meanwhile. Returns whether it did.
    ///
    /// # Errors
    /// The database's.
    pub async fn renew_password_hash(&self, account_id: &str, from: &str, to: &str) -> Result<bool, StoreError> {
        let (id, from, to) = (account_id.to_owned(), from.to_owned(), to.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let update = account::Entity::update_many()
                    .col_expr(account::Column::PasswordHash, Expr::value(to))
                    .filter(account::Column::Id.eq(id))
                    .filter(account::Column::PasswordHash.eq(from));
                Ok(update.exec(tx).await?.rows_affected > 0)
            })
        })
        .await
    }

    /// Disables an account and ends its sessions, or enables it again (`None`).
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's.
    pub async fn set_account_disabled(&self, account_id: &str, at: Option<OffsetDateTime>) -> Result<(), StoreError> {
        let (id, at) = (account_id.to_owned(), at.map(Micros::from));
        self.write(move |tx| {
            Box::pin(async move {
                let update = account::Entity::update_many()
                    .col_expr(account::Column::DisabledAt, Expr::value(at))
                    .filter(account::Column::Id.eq(id.as_str()));
                one(&update.exec(tx).await?)?;
                if at.is_some() {
                    revoke(at).filter(session::Column::AccountId.eq(id)).exec(tx).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Grants a role.
    ///
    /// # Errors
    /// [`StoreError::DanglingReference`] for an unknown account or organisation; the database's.
    pub async fn grant(&self, row: MembershipRow) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<membership::Entity, _>(tx, vec![row], OnExisting::Fail)))
            .await
    }

    /// Ends a role.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist or has ended; the database's.
    pub async fn revoke_membership(&self, id: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let update = membership::Entity::update_many()
                    .col_expr(membership::Column::RevokedAt, Expr::value(Micros::from(at)))
                    .filter(membership::Column::Id.eq(id))
                    .filter(membership::Column::RevokedAt.is_null());
                one(&update.exec(tx).await?)
            })
        })
        .await
    }

    /// Roles of accounts that hold now.
    ///
    /// # Errors
    /// The database's.
    pub async fn memberships_of(&self, account_ids: &[String]) -> Result<Vec<MembershipRow>, StoreError> {
        self.memberships(Condition::all().add(membership::Column::AccountId.is_in(account_ids)))
            .await
    }

    /// Who holds a role in an organisation now.
    ///
    /// # Errors
    /// The database's.
    pub async fn members_of(&self, organisation_id: &str) -> Result<Vec<MembershipRow>, StoreError> {
        self.memberships(Condition::all().add(membership::Column::OrganisationId.eq(organisation_id)))
            .await
    }

    /// Those of some organisations in which somebody who was not shut out holds a role that is none of `beside`, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn staffed(&self, among: &[String], beside: &[&str]) -> Result<Vec<String>, StoreError> {
        let active = Query::select()
            .column(account::Column::Id)
            .from(account::Entity)
            .cond_where(account::Column::DisabledAt.is_null())
            .to_owned();
        let organisations = membership::Entity::find()
            .select_only()
            .column(membership::Column::OrganisationId)
            .distinct()
            .filter(membership::Column::OrganisationId.is_in(among))
            .filter(membership::Column::Role.is_not_in(beside.iter().copied()))
            .filter(membership::Column::RevokedAt.is_null())
            .filter(membership::Column::AccountId.in_subquery(active));
        Ok(organisations.into_tuple().all(self.reader()).await?)
    }

    async fn memberships(&self, condition: Condition) -> Result<Vec<MembershipRow>, StoreError> {
        let rows = membership::Entity::find()
            .filter(condition)
            .filter(membership::Column::RevokedAt.is_null())
            .order_by_asc(membership::Column::GrantedAt)
            .order_by_asc(membership::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Begins a session of an account that is not disabled and still has the password hash that a password was compared with. Who
    /// set another one meanwhile, or disabled the account, has ended all its sessions, and none begins after that.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where that is not so; the database's.
    pub async fn insert_session(&self, row: SessionRow, password_hash: &str) -> Result<(), StoreError> {
        let hash = password_hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let mut account = account::Entity::find_by_id(row.account_id.as_str())
                    .filter(account::Column::PasswordHash.eq(hash))
                    .filter(account::Column::DisabledAt.is_null());
                if tx.get_database_backend() == DbBackend::Postgres {
                    account = account.lock(LockType::NoKeyUpdate);
                }
                if keyed(account, tx).await?.is_none() {
                    return Err(StoreError::NotFound);
                }
                table::insert::<session::Entity, _>(tx, vec![row], OnExisting::Fail).await
            })
        })
        .await
    }

    /// A session by the hash of its secret. Whether it still holds is the caller's question.
    ///
    /// # Errors
    /// The database's.
    pub async fn session_by_token(&self, token_hash: &str) -> Result<Option<SessionRow>, StoreError> {
        let row = keyed(
            session::Entity::find().filter(session::Column::TokenHash.eq(token_hash)),
            self.reader(),
        )
        .await?;
        Ok(row.map(SessionRow::from))
    }

    /// A session by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn session(&self, id: &str) -> Result<Option<SessionRow>, StoreError> {
        Ok(keyed(session::Entity::find_by_id(id), self.reader())
            .await?
            .map(SessionRow::from))
    }

    /// Sessions of an account that were not ended, last used first.
    ///
    /// # Errors
    /// The database's.
    pub async fn sessions_of(&self, account_id: &str) -> Result<Vec<SessionRow>, StoreError> {
        let rows = session::Entity::find()
            .filter(session::Column::AccountId.eq(account_id))
            .filter(session::Column::RevokedAt.is_null())
            .order_by_desc(session::Column::LastSeenAt)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Notes that sessions were used. Callers collect uses: each call is a write.
    ///
    /// # Errors
    /// The database's.
    pub async fn touch_sessions(&self, ids: Vec<String>, at: OffsetDateTime) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                session::Entity::update_many()
                    .col_expr(session::Column::LastSeenAt, Expr::value(Micros::from(at)))
                    .filter(session::Column::Id.is_in(ids))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist or was ended; the database's.
    pub async fn revoke_session(&self, id: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                one(&revoke(Some(at.into()))
                    .filter(session::Column::Id.eq(id))
                    .exec(tx)
                    .await?)
            })
        })
        .await
    }

    /// Forgets sessions that expired before `at`. Returns how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_expired_sessions(&self, at: OffsetDateTime) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let delete = session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(Micros::from(at)));
                Ok(delete.exec(tx).await?.rows_affected)
            })
        })
        .await
    }
}

/// Ends sessions that have not ended.
fn revoke(at: Option<Micros>) -> sea_orm::UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(at))
        .filter(session::Column::RevokedAt.is_null())
}

/// An update that had to change a row.
pub(super) fn one(update: &UpdateResult) -> Result<(), StoreError> {
    if update.rows_affected == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

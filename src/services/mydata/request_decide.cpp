// The person's answer, and what follows from it at once.
#include "requests_impl.hpp"

#include <spdlog/spdlog.h>

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query use_quota{"mydata_use_quota", R"(
  insert into mydata.resource_use (resource_id, day, used) values ($1, $2, 1)
  on conflict (resource_id, day) do update set used = mydata.resource_use.used + 1
  where mydata.resource_use.used < $3 returning used)"};
constexpr Query set_decided{"mydata_decide_request", R"(
  update mydata.data_request set state = 'decided', decided_at = $3, kept_until = $4
  where client_id = $1 and id = $2)"};
constexpr Query set_ticket{"mydata_set_ticket", R"(
  update mydata.data_request set ticket_hash = $3, sealed_ticket = $4 where client_id = $1 and id = $2)"};
constexpr Query insert_promise{"mydata_insert_promise", R"(
  insert into mydata.promise (person_id, resource_id, request_id, promised_at) values ($1, $2, $3, $4)
  on conflict (person_id, resource_id) do update set request_id = $3)"};

bool is(const RequestRow& row, ItemState state) {
  return std::ranges::any_of(row.view.items,
                             [&](const RequestItem& item) { return item.state == state; });
}

/// What a request comes to of which nothing can be delivered.
int code_of_nothing(const RequestRow& row) {
  if (is(row, ItemState::over_quota)) return 206;
  return is(row, ItemState::failed) ? 504 : 205;
}

}  // namespace

identity::Assurance DataRequests::needed(const DataRequest& request) const {
  identity::Assurance most = identity::Assurance::low;
  for (const RequestItem& item : request.items)
    if (const Resource* resource = impl_->parts.catalogue.find(item.resource_id))
      most = std::max(most, resource->assurance);
  return most;
}

Result<bool> DataRequests::Impl::take_quota(store::Transaction& tx,
                                            const Resource& resource) const {
  MINBEN_TRY(rows, tx.run(use_quota, resource.id, taiwan_date(now()), resource.daily_quota));
  return !rows.empty();
}

Result<ItemState> DataRequests::Impl::answer_item(store::Transaction& tx, const RequestRow& row,
                                                  const RequestItem& item, bool granted,
                                                  const identity::Authority& by) const {
  if (!granted) {
    MINBEN_CHECK(parts.mydata.refuse(tx, item.subject, item.consent, by));
    return ItemState::refused;
  }
  const Resource* resource = parts.catalogue.find(item.resource_id);
  // Of what cannot be had no consent is taken: its question lapses.
  if (resource == nullptr || resource->maintenance) return ItemState::failed;
  if (by.assurance < resource->assurance)
    return fail(Kind::unauthorised, "assurance_too_low", "the provider asks for a stronger sign-in",
                item.key);
  MINBEN_TRY(had, take_quota(tx, *resource));
  if (!had) return ItemState::over_quota;
  MINBEN_CHECK(parts.mydata.grant(tx, item.subject, item.consent, by));
  MINBEN_CHECK(store::enqueue(
      tx, {std::string(pack_job), fmt::format("{}:{}", to_string(row.view.id), item.key),
           JsonObject{{"request", to_string(row.view.id)}, {"item", item.key}}}));
  return ItemState::packing;
}

Result<void> DataRequests::decide(PersonId person, DataRequestId id,
                                  const std::set<std::string>& granted,
                                  const identity::Authority& by) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->own(tx, person, id));
    if (row.view.state != RequestState::open || impl_->now() >= row.view.answer_by)
      return fail(Kind::conflict, "request_not_open", "answered already, or too late");
    for (const std::string& key : granted)
      if (std::ranges::find(row.view.items, key, &RequestItem::key) == row.view.items.end())
        return fail(Kind::invalid, "unknown_resource", "not part of this request", "resource");
    for (RequestItem& item : row.view.items) {
      identity::Authority authority = by;
      if (item.subject != person) {
        MINBEN_TRY(act, impl_->authority_over(tx, person, item.subject));
        authority.act = act;
      }
      MINBEN_TRY(state, impl_->answer_item(tx, row, item, granted.contains(item.key), authority));
      item.state = state;
      MINBEN_CHECK(impl_->set_item(tx, row, item.key, state));
    }
    return impl_->settle(tx, row);
  });
}

Result<void> DataRequests::withdraw(PersonId person, DataRequestId id, std::string_view key) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->own(tx, person, id));
    const auto item = std::ranges::find(row.view.items, key, &RequestItem::key);
    if (item == row.view.items.end()) return no_such_request();
    std::optional<identity::Act> act;
    if (item->subject != person) {
      MINBEN_TRY(found, impl_->authority_over(tx, person, item->subject));
      act = found;
    }
    return impl_->parts.mydata.withdraw(tx, item->subject, item->consent, act);
  });
}

Result<void> DataRequests::Impl::settle(store::Transaction& tx, RequestRow& row) {
  if (!row.view.packing()) return close(tx, row, code_of_nothing(row));
  const Instant kept_until = now() + config.keep;
  MINBEN_CHECK(tx.run(set_decided, row.view.client_id, row.view.id, now(), kept_until));
  MINBEN_CHECK(
      store::enqueue(tx, {std::string(end_job), to_string(row.view.id), JsonObject{}, kept_until}));
  if (row.view.mode != DeliveryMode::service) return {};
  return give_ticket(tx, row);
}

/// The ticket waits sealed until the notification has brought it; the database finds it by a keyed
/// hash.
Result<void> DataRequests::Impl::give_ticket(store::Transaction& tx, const RequestRow& row) const {
  MINBEN_TRY(provider, parts.providers.find(row.view.client_id));
  std::string ticket = parts.random.token();
  Bytes secret(32);
  parts.random.fill(secret);
  std::string text =
      write_json(JsonObject{{"ticket", ticket}, {"secret_key", base64url_encode(secret)}});
  MINBEN_TRY(key, trust::DataKey::from_bytes(provider->secrets.key));
  MINBEN_TRY(sealed, trust::seal(key, as_bytes(text), "mydata.ticket." + to_string(row.view.id),
                                 parts.random));
  MINBEN_CHECK(tx.run(set_ticket, row.view.client_id, row.view.id, hash_of("mydata.ticket", ticket),
                      sealed));
  trust::wipe(text);
  trust::wipe(ticket);
  trust::wipe(secret);
  return store::enqueue(tx, {std::string(notify_job), to_string(row.view.id), JsonObject{}});
}

Result<void> DataRequests::promise(PersonId person, DataRequestId id, std::string_view key) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->own(tx, person, id));
    const auto item = std::ranges::find(row.view.items, key, &RequestItem::key);
    if (item == row.view.items.end() || item->state != ItemState::failed)
      return fail(Kind::conflict, "not_failed", "there is nothing to wait for");
    MINBEN_CHECK(tx.run(insert_promise, person, item->resource_id, id, impl_->now()));
    return store::enqueue(tx, {std::string(promise_job), fmt::format("{}:{}", to_string(id), key),
                               JsonObject{{"request", to_string(id)}, {"item", key}},
                               impl_->now() + impl_->config.promise_every});
  });
}

}  // namespace minben::mydata

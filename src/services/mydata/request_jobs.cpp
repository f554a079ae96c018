// What jobs do for data requests: fetch and pack, notify, keep promises, end.
#include "requests_impl.hpp"

#include <spdlog/spdlog.h>

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query store_item{"mydata_store_item", R"(
  update mydata.request_item set state = 'ready', content = $4
  where client_id = $1 and request_id = $2 and item = $3)"};
/// After a heartbeat that failed.
constexpr seconds heartbeat_again{30};

constexpr Query note_success{"mydata_note_success", R"(
  insert into mydata.resource_health (resource_id, succeeded_at) values ($1, $2)
  on conflict (resource_id) do update set succeeded_at = $2, failing_since = null)"};
constexpr Query note_failure{"mydata_note_failure", R"(
  insert into mydata.resource_health (resource_id, failed_at, failing_since) values ($1, $2, $2)
  on conflict (resource_id) do update set failed_at = $2,
    failing_since = coalesce(mydata.resource_health.failing_since, $2))"};
constexpr Query all_health{"mydata_resource_health", "select * from mydata.resource_health"};
constexpr Query kept_promises{"mydata_kept_promises", R"(
  delete from mydata.promise where resource_id = $1 returning person_id, request_id)"};
constexpr Query drop_promise{"mydata_drop_promise", R"(
  delete from mydata.promise where person_id = $1 and resource_id = $2)"};
constexpr Query find_promise{"mydata_find_promise", R"(
  select request_id from mydata.promise where person_id = $1 and resource_id = $2)"};
constexpr Query set_code{"mydata_set_request_code", R"(
  update mydata.data_request set code = $3 where client_id = $1 and id = $2)"};
constexpr Query consent_state{"mydata_share_consent", R"(
  select 1 as one from mydata.consent where person_id = $1 and id = $2 for share)"};
constexpr Query set_otp{"mydata_set_otp", R"(
  update mydata.data_request set otp_hash = $3, otp_until = $4, otp_tries = 0
  where client_id = $1 and id = $2)"};

/// Another try may cure it.
bool curable(const Error& error) {
  return error.kind == Kind::unavailable || error.kind == Kind::internal ||
         error.kind == Kind::too_many;
}

/// The provider is to blame, not the person's decision or the person's absence from a register.
bool provider_failed(const Error& error) { return curable(error); }

ItemState state_after(const Error& error) {
  const bool withdrawn = error.code == "consent_withdrawn" || error.code == "consent_expired";
  return withdrawn ? ItemState::withdrawn : ItemState::failed;
}

std::string one_time_code(Random& random) { return fmt::format("{:06}", random.below(1'000'000)); }

identity::OutgoingMail otp_mail(const identity::Contact& to, std::string_view code) {
  if (to.language == Language::zh_hant)
    return {to.email, "MyData 臨櫃驗證碼",
            fmt::format("櫃檯人員已掃描您的條碼。請將這組驗證碼告訴對方：\n\n{}\n\n十分鐘內有效。"
                        "若您不在櫃檯，請勿告訴任何人。\n",
                        code)};
  return {to.email, "MyData: your code for the counter",
          fmt::format("A clerk has scanned your barcode. Tell them this code:\n\n{}\n\nIt is valid "
                      "for ten minutes. If you are not at a counter, tell nobody.\n",
                      code)};
}

identity::OutgoingMail back_mail(const identity::Contact& to, const Resource& resource,
                                 std::string_view link) {
  if (to.language == Language::zh_hant)
    return {to.email, "MyData：資料來源已恢復",
            fmt::format("「{}」的資料來源已恢復正常。\n\n{}\n", resource.title.zh_hant, link)};
  return {to.email, "MyData: a register is back",
          fmt::format("The register of \"{}\" answers again.\n\n{}\n", resource.title.en, link)};
}

struct ItemJob {
  DataRequestId request;
  std::string key;
};
Result<ItemJob> read_item_job(const store::Job& job) {
  MINBEN_TRY(id, DataRequestId::parse(string_or(job.payload, "request")));
  return ItemJob{id, string_or(job.payload, "item")};
}

const RequestItem* item_of(const RequestRow& row, std::string_view key) {
  const auto found = std::ranges::find(row.view.items, key, &RequestItem::key);
  return found == row.view.items.end() ? nullptr : &*found;
}

}  // namespace

Result<Json> DataRequests::Impl::fetch(const RequestItem& item, const Resource& resource) {
  struct Known {
    Consent consent;
    std::string national_id;
  };
  MINBEN_TRY(known, parts.database.transact([&](store::Transaction& tx) -> Result<Known> {
    MINBEN_TRY(consent, parts.mydata.consent(tx, item.subject, item.consent));
    MINBEN_TRY(id, national_id_of(tx, item.subject));
    return Known{std::move(consent), std::move(id)};
  }));
  const ConsentTerms& terms = known.consent.terms;
  auto fetched = parts.mydata.fetch(item.subject, item.consent, terms.recipient, terms.purpose_code,
                                    JsonObject{{"national_id", known.national_id}});
  if (fetched) {
    MINBEN_CHECK(parts.database.run(note_success, resource.id, now()));
    return std::move(fetched->data);
  }
  spdlog::warn("mydata.fetch consent={} resource={} error={}", to_string(item.consent), resource.id,
               fetched.error().code);
  if (provider_failed(fetched.error()))
    MINBEN_CHECK(parts.database.run(note_failure, resource.id, now()));
  return std::unexpected(fetched.error());
}

Result<std::shared_ptr<const trust::RsaSeal>> DataRequests::Impl::seal_of(
    const Resource& resource) {
  const std::lock_guard lock(seals_mutex);
  const std::string& provider = resource.provider.value;
  auto found = seals.find(provider);
  if (found == seals.end()) {
    MINBEN_TRY(seal, trust::RsaSeal::load_or_create(config.seals, provider, "MyData " + provider,
                                                    parts.clock));
    found = seals.emplace(provider, std::move(seal)).first;
  }
  return std::make_shared<const trust::RsaSeal>(found->second);
}

/// A document that cannot be made keeps nobody from the data.
std::string DataRequests::Impl::document_of(const Resource& resource, const Json& data) const {
  if (!parts.document) return {};
  auto made = parts.document(resource, data, now());
  if (made) return std::move(*made);
  spdlog::error("mydata.document resource={} error={}", resource.id, made.error().code);
  return {};
}

/// Only what is still agreed to at this moment.
Result<void> DataRequests::Impl::keep_item(store::Transaction& tx, const RequestRow& row,
                                           const RequestItem& item, const Resource& resource,
                                           const Json& data) {
  MINBEN_TRY(seal, seal_of(resource));
  MINBEN_TRY(zip, pack_resource(resource, data, document_of(resource, data), *seal));
  MINBEN_CHECK(tx.run(consent_state, item.subject, item.consent));
  MINBEN_TRY(consent, parts.mydata.consent(tx, item.subject, item.consent));
  if (consent.state != ConsentState::granted)
    return set_item(tx, row, item.key, ItemState::withdrawn);
  MINBEN_TRY(sealed, parts.identity.vault().seal(tx, item.subject, item_context, zip));
  MINBEN_CHECK(tx.run(store_item, row.view.client_id, row.view.id, item.key, sealed));
  MINBEN_CHECK(tell_changed(tx, row));
  MINBEN_TRY(promised, tx.run(kept_promises, resource.id));
  for (const store::Row promise : promised)
    MINBEN_CHECK(store::enqueue(
        tx,
        {std::string(mail_job), fmt::format("back:{}:{}", promise.text("person_id"), resource.id),
         JsonObject{{"kind", "back"},
                    {"person", promise.text("person_id")},
                    {"request", promise.text("request_id")},
                    {"resource", resource.id}}}));
  return {};
}

Result<void> DataRequests::Impl::pack(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(work, read_item_job(job));
  MINBEN_TRY(seen, by_id(tx, work.request, false));
  const RequestItem* item = item_of(seen, work.key);
  if (item == nullptr || item->state != ItemState::packing) return {};
  const Resource* resource = parts.catalogue.find(item->resource_id);
  if (resource == nullptr) return set_item(tx, seen, work.key, ItemState::failed);
  const auto data = fetch(*item, *resource);
  if (!data && curable(data.error()) && job.attempt < config.fetch_tries)
    return std::unexpected(data.error());
  // Meanwhile nothing was locked: look again.
  MINBEN_TRY(row, by_id(tx, work.request));
  const RequestItem* still = item_of(row, work.key);
  if (row.view.state != RequestState::decided || still->state != ItemState::packing) return {};
  if (!data) return set_item(tx, row, work.key, state_after(data.error()));
  return keep_item(tx, row, *still, *resource, *data);
}

/// Until the consent is over, which is not longer than the request is kept.
Result<void> DataRequests::Impl::keep_promise(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(work, read_item_job(job));
  MINBEN_TRY(seen, by_id(tx, work.request, false));
  const RequestItem* item = item_of(seen, work.key);
  if (item == nullptr) return {};
  const Resource* resource = parts.catalogue.find(item->resource_id);
  MINBEN_TRY(promised, tx.run(find_promise, seen.person, item->resource_id));
  const bool over = resource == nullptr || promised.empty() ||
                    seen.view.state != RequestState::decided || item->state != ItemState::failed;
  if (over) return {};
  const auto data = fetch(*item, *resource);
  if (!data && curable(data.error()))
    return store::enqueue(tx, {job.kind, job.key, job.payload, now() + config.promise_every});
  if (!data) {
    MINBEN_CHECK(tx.run(drop_promise, seen.person, item->resource_id));
    return {};
  }
  MINBEN_TRY(row, by_id(tx, work.request));
  if (row.view.state != RequestState::decided) return {};
  return keep_item(tx, row, *item, *resource, *data);
}

Result<void> DataRequests::Impl::notify(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, DataRequestId::parse(job.key));
  MINBEN_TRY(row, by_id(tx, id));
  if (row.view.state != RequestState::decided || row.view.code != 0) return {};
  MINBEN_TRY(provider, parts.providers.find(row.view.client_id));
  MINBEN_TRY(ticket, ticket_of(*provider, row));
  MINBEN_TRY(secret, close_secret_key(*provider, ticket.secret_key, now(), parts.random));
  JsonArray unable;
  for (const RequestItem& item : row.view.items)
    if (item.state != ItemState::packing && item.state != ItemState::ready)
      unable.push_back(Json(item.resource_id));
  net::ClientRequest request{net::Method::post, provider->settings.notify_url, {}, {}};
  request.headers.set("Content-Type", "application/json");
  request.body = write_json(JsonObject{{"tx_id", row.view.tx_id},
                                       {"permission_ticket", ticket.ticket},
                                       {"secret_key", secret},
                                       {"unable_to_deliver", std::move(unable)},
                                       {"apiKey", provider->secrets.api_key}});
  const auto answer = client.send(request);
  trust::wipe(request.body);
  const bool taken = answer && answer->status / 100 == 2;
  spdlog::info("mydata.notify request={} client={} taken={} attempt={}", job.key,
               row.view.client_id, taken, job.attempt);
  if (taken) {
    MINBEN_CHECK(tx.run(set_code, row.view.client_id, row.view.id, 200));
    return tell_changed(tx, row);
  }
  if (job.attempt >= config.notify_tries) return close(tx, row, 410);
  if (!answer) return std::unexpected(answer.error());
  return fail(Kind::unavailable, "notification_refused",
              fmt::format("answered {}", answer->status));
}

Result<void> DataRequests::Impl::end(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, DataRequestId::parse(job.key));
  MINBEN_TRY(row, by_id(tx, id));
  MINBEN_CHECK(close_unanswered(tx, row));
  if (row.view.state == RequestState::decided && row.view.kept_until &&
      now() >= *row.view.kept_until)
    return close(tx, row, row.view.code);
  return {};
}

Result<void> DataRequests::Impl::send_mail(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, DataRequestId::parse(string_or(job.payload, "request")));
  if (string_or(job.payload, "kind") == "otp") {
    MINBEN_TRY(row, by_id(tx, id));
    if (row.view.state != RequestState::decided || row.view.delivered_at) return {};
    MINBEN_TRY(contacts, parts.identity.contacts(tx, row.person));
    const std::string code = one_time_code(parts.random);
    MINBEN_CHECK(tx.run(set_otp, row.view.client_id, row.view.id,
                        hash_of("mydata.otp", to_string(id) + code), now() + config.otp_lifetime));
    for (const identity::Contact& to : contacts) MINBEN_CHECK(mailer(otp_mail(to, code)));
    return {};
  }
  MINBEN_TRY(whose, PersonId::parse(string_or(job.payload, "person")));
  const Resource* resource = parts.catalogue.find(string_or(job.payload, "resource"));
  if (resource == nullptr) return {};
  MINBEN_TRY(contacts, parts.identity.contacts(tx, whose));
  for (const identity::Contact& to : contacts) {
    const std::string link = fmt::format("{}/{}/data-requests/{}", config.origin,
                                         language_tag(to.language), to_string(id));
    MINBEN_CHECK(mailer(back_mail(to, *resource, link)));
  }
  return {};
}

/// A resource that is ended or under maintenance is asked again after the next start.
Result<void> DataRequests::Impl::beat(store::Transaction& tx, const store::Job& job) {
  const Resource* resource = parts.catalogue.find(job.key);
  if (resource == nullptr || resource->heartbeat.empty() || resource->maintenance ||
      resource->ended || !parts.heartbeat)
    return {};
  const auto alive = parts.heartbeat(*resource);
  if (alive) MINBEN_CHECK(tx.run(note_success, resource->id, now()));
  else spdlog::warn("mydata.heartbeat resource={} error={}", resource->id, alive.error().code);
  if (!alive && provider_failed(alive.error()))
    MINBEN_CHECK(tx.run(note_failure, resource->id, now()));
  const Instant next = now() + (alive ? seconds(config.heartbeat_every) : heartbeat_again);
  return store::enqueue(tx, {job.kind, job.key, job.payload, next});
}

/// Not at once: after a start the way to the registers may take a moment to be there.
void DataRequests::Impl::plan_heartbeats() {
  if (!parts.heartbeat) return;
  const auto planned = parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    for (const auto& [id, resource] : parts.catalogue.all())
      if (!resource.heartbeat.empty())
        MINBEN_CHECK(store::enqueue(
            tx, {std::string(heartbeat_job), id, JsonObject{}, now() + config.heartbeat_every}));
    return {};
  });
  if (!planned) spdlog::error("mydata.heartbeat is not planned: {}", describe(planned.error()));
}

void DataRequests::work_in(store::Workers& workers, identity::Mailer mailer) {
  impl_->mailer = std::move(mailer);
  const auto on = [&](std::string_view kind,
                      Result<void> (Impl::*work)(store::Transaction&, const store::Job&)) {
    workers.on(std::string(kind),
               [impl = impl_.get(), work](store::Transaction& tx, const store::Job& job) {
                 return (impl->*work)(tx, job);
               });
  };
  on(pack_job, &Impl::pack);
  on(notify_job, &Impl::notify);
  on(end_job, &Impl::end);
  on(promise_job, &Impl::keep_promise);
  on(mail_job, &Impl::send_mail);
  on(heartbeat_job, &Impl::beat);
  impl_->plan_heartbeats();
}

Result<std::vector<ServiceProvider>> DataRequests::service_providers() {
  return impl_->parts.providers.list();
}

Result<std::optional<Date>> DataRequests::old_form_until(const DataRequest& request) {
  if (request.client_id.empty()) return std::optional<Date>{};
  MINBEN_TRY(provider, impl_->parts.providers.find(request.client_id));
  const OldForms& old = provider->settings.old_forms;
  std::optional<Date> last;
  for (const std::optional<Date>& until : {old.pid, old.secret_key, old.ticket_alone})
    if (in_force(until, impl_->now()) && (!last || *last < *until)) last = until;
  return last;
}

Result<std::vector<ResourceHealth>> DataRequests::health() {
  MINBEN_TRY(rows, impl_->parts.database.run(all_health));
  std::map<std::string, ResourceHealth, std::less<>> known;
  for (const store::Row row : rows)
    known[row.text("resource_id")] = {nullptr, "", row.optional_instant("failing_since"),
                                      row.optional_instant("succeeded_at")};
  std::vector<ResourceHealth> out;
  for (const auto& [id, resource] : impl_->parts.catalogue.all()) {
    if (resource.ended) continue;
    ResourceHealth health = known[id];
    health.resource = &resource;
    health.status = resource.maintenance ? "9" : health.failing_since ? "00" : "01";
    out.push_back(std::move(health));
  }
  return out;
}

}  // namespace minben::mydata

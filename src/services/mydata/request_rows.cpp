// Data requests as the database has them.
#include "requests_impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query find_request{"mydata_find_request",
                             "select * from mydata.data_request where id = $1"};
constexpr Query lock_request{"mydata_lock_request",
                             "select * from mydata.data_request where id = $1 for update"};
constexpr Query items_of{"mydata_request_items", R"(
  select item, resource_id, subject_id, consent_id, state from mydata.request_item
  where client_id = $1 and request_id = $2 order by position)"};
constexpr Query update_item{"mydata_set_request_item", R"(
  update mydata.request_item set state = $4, content = case when $4 = 'ready' then content end
  where client_id = $1 and request_id = $2 and item = $3)"};
constexpr Query requests_page{"mydata_requests_of", R"(
  select * from mydata.data_request where person_id = $1 and created_at > $2
  order by created_at desc, id desc limit 50)"};

constexpr std::array<std::pair<ItemState, std::string_view>, 7> item_states{
    {{ItemState::asked, "asked"},
     {ItemState::refused, "refused"},
     {ItemState::over_quota, "over_quota"},
     {ItemState::packing, "packing"},
     {ItemState::ready, "ready"},
     {ItemState::failed, "failed"},
     {ItemState::withdrawn, "withdrawn"}}};

template <class Enum, std::size_t n>
Enum parsed(const std::array<std::pair<Enum, std::string_view>, n>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text, &std::pair<Enum, std::string_view>::second);
  MINBEN_ASSERT(found != names.end());
  return found->first;
}

constexpr std::array<std::pair<DeliveryMode, std::string_view>, 3> modes{
    {{DeliveryMode::service, "service"},
     {DeliveryMode::counter, "counter"},
     {DeliveryMode::download, "download"}}};
constexpr std::array<std::pair<RequestState, std::string_view>, 4> states{
    {{RequestState::arrived, "arrived"},
     {RequestState::open, "open"},
     {RequestState::decided, "decided"},
     {RequestState::closed, "closed"}}};

Result<RequestRow> read_row(store::Transaction& tx, const store::Row& row) {
  RequestRow out;
  DataRequest& view = out.view;
  view.id = row.id<DataRequestId>("id");
  view.mode = parsed(modes, row.text("mode"));
  view.client_id = row.text("client_id");
  view.tx_id = row.text("tx_id");
  view.state = parsed(states, row.text("state"));
  view.code = static_cast<int>(row.integer("code"));
  view.return_url = row.text("return_url");
  view.agency = {row.text("agency")};
  view.answer_by = row.instant("answer_by");
  view.kept_until = row.optional_instant("kept_until");
  view.delivered_at = row.optional_instant("delivered_at");
  view.barcode_until = row.optional_instant("barcode_until");
  view.has_file = !row.is_null("sealed_file");
  out.person = row.id<PersonId>("person_id");
  out.whose = row.is_null("whose") ? Bytes{} : row.bytes("whose");
  if (!row.is_null("sealed_ticket")) out.sealed_ticket = row.bytes("sealed_ticket");
  if (!row.is_null("otp_hash")) out.otp_hash = row.bytes("otp_hash");
  out.otp_until = row.optional_instant("otp_until");
  out.otp_tries = static_cast<int>(row.integer("otp_tries"));
  MINBEN_TRY(items, tx.run(items_of, view.client_id, view.id));
  for (const store::Row item : items)
    view.items.push_back({item.text("item"), item.text("resource_id"),
                          item.is_null("subject_id") ? out.person : item.id<PersonId>("subject_id"),
                          item.id<ConsentId>("consent_id"),
                          parsed(item_states, item.text("state"))});
  return out;
}

}  // namespace

std::string_view to_string(ItemState state) {
  return std::ranges::find(item_states, state, &std::pair<ItemState, std::string_view>::first)
      ->second;
}

std::string_view to_string(DeliveryMode mode) {
  return std::ranges::find(modes, mode, &std::pair<DeliveryMode, std::string_view>::first)->second;
}

std::unexpected<Error> no_such_request() {
  return fail(Kind::not_found, "no_such_request", "no such data request of this person");
}

bool DataRequest::several_people() const {
  return std::ranges::any_of(
      items, [&](const RequestItem& item) { return item.subject != items.front().subject; });
}

bool DataRequest::packing() const {
  return std::ranges::any_of(
      items, [](const RequestItem& item) { return item.state == ItemState::packing; });
}

Result<RequestRow> DataRequests::Impl::by_id(store::Transaction& tx, DataRequestId id,
                                             bool lock) const {
  MINBEN_TRY(rows, tx.run(lock ? lock_request : find_request, id));
  if (rows.empty()) return no_such_request();
  return read_row(tx, rows.front());
}

Result<RequestRow> DataRequests::Impl::own(store::Transaction& tx, PersonId person,
                                           DataRequestId id, bool lock) const {
  MINBEN_TRY(row, by_id(tx, id, lock));
  if (row.person != person) return no_such_request();
  return row;
}

Result<std::optional<RequestRow>> DataRequests::Impl::by_hash(store::Transaction& tx,
                                                              const Query& query,
                                                              const Bytes& hash) const {
  MINBEN_TRY(rows, tx.run(query, hash));
  if (rows.empty()) return std::nullopt;
  MINBEN_TRY(row, read_row(tx, rows.front()));
  return row;
}

Result<void> DataRequests::Impl::set_item(store::Transaction& tx, const RequestRow& row,
                                          std::string_view key, ItemState state) const {
  MINBEN_CHECK(tx.run(update_item, row.view.client_id, row.view.id, key, to_string(state)));
  return tell_changed(tx, row);
}

Result<void> DataRequests::Impl::tell_changed(store::Transaction& tx, const RequestRow& row) const {
  const std::string id = to_string(row.view.id);
  return store::publish(tx, "data-request", id, JsonObject{{"request", id}});
}

Result<DataRequest> DataRequests::find(PersonId person, DataRequestId id) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<DataRequest> {
    MINBEN_TRY(row, impl_->own(tx, person, id, false));
    return row.view;
  });
}

Result<std::vector<DataRequest>> DataRequests::requests_of(PersonId person) {
  return impl_->parts.database.transact(
      [&](store::Transaction& tx) -> Result<std::vector<DataRequest>> {
        MINBEN_TRY(rows, tx.run(requests_page, person, impl_->now() - days{30}));
        std::vector<DataRequest> out;
        for (const store::Row found : rows) {
          MINBEN_TRY(row, read_row(tx, found));
          out.push_back(std::move(row.view));
        }
        return out;
      });
}

}  // namespace minben::mydata

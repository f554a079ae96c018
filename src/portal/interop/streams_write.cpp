// Live streams for publishers: made, fed and ended with a key of the agency.
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "streams.hpp"

namespace minben::interop {

using net::operator""_MiB;
using streams::NewStream;

namespace {

constexpr std::size_t largest_call = 2_MiB;

Result<std::vector<streams::Field>> fields_of(const Json& body) {
  const Json* list = find(body, "fields");
  if (list == nullptr || !list->is_array())
    return fail(Kind::invalid, "missing", "a list of fields", "/fields");
  std::vector<streams::Field> fields;
  for (const Json& each : list->get_array()) {
    const std::string type = string_or(each, "type", "text");
    std::optional<intake::Type> known;
    for (const auto one : {intake::Type::text, intake::Type::integer, intake::Type::number,
                           intake::Type::boolean, intake::Type::date, intake::Type::timestamp})
      if (intake::to_string(one) == type) known = one;
    if (!known)
      return fail(Kind::invalid, "bad_field", "text, integer, number, boolean, date or timestamp",
                  fmt::format("/fields/{}/type", fields.size()));
    fields.push_back(
        {string_or(each, "name"), string_or(each, "label"), *known, string_or(each, "unit")});
  }
  return fields;
}

Result<NewStream> wanted_of(const Json& body) {
  NewStream wanted;
  MINBEN_TRY(fields, fields_of(body));
  wanted.fields = std::move(fields);
  MINBEN_TRY(key, get_string(body, "key"));
  wanted.key = std::move(key);
  for (const auto& [name, into] : {std::pair{"retention_days", &wanted.retention_days},
                                   std::pair{"every_seconds", &wanted.every_seconds}}) {
    if (find(body, name) == nullptr) continue;
    MINBEN_TRY(value, get_integer(body, name));
    *into = static_cast<int>(std::clamp<std::int64_t>(value, -1, 1'000'000));
  }
  return wanted;
}

Result<catalogue::Entry> dataset_of(const Parts& parts, store::Transaction& tx,
                                    const std::string& name) {
  if (const auto id = catalogue::DatasetId::parse(name)) return parts.catalogue.find(tx, *id);
  return parts.catalogue.find(tx, std::string_view(name));
}

/// Of one of the dataset's distributions, or with a new one, which is published with it.
Result<std::pair<streams::Stream, catalogue::Entry>> make_stream(const Parts& parts,
                                                                 store::Transaction& tx,
                                                                 const Key& key, const Json& body,
                                                                 NewStream wanted) {
  MINBEN_TRY(name, get_string(body, "dataset"));
  MINBEN_TRY(entry, dataset_of(parts, tx, name));
  MINBEN_CHECK(publisher_for(parts, tx, key, entry.dataset.publisher));
  if (entry.status == catalogue::Status::withdrawn)
    return fail(Kind::conflict, "withdrawn", "", "/dataset");
  wanted.dataset = entry.dataset.id;
  wanted.by = actor_of(key);
  if (find(body, "distribution") != nullptr) {
    MINBEN_TRY(text, get_string(body, "distribution"));
    const auto id = streams::StreamId::parse(text);
    if (!id) return fail(Kind::invalid, "no_such_distribution", "an id", "/distribution");
    wanted.id = *id;
  } else {
    if (entry.status != catalogue::Status::published)
      return fail(Kind::conflict, "not_published",
                  "publish the dataset first, or name a distribution", "/dataset");
    wanted.id = parts.live->new_id();
    const Json* title = find(body, "title");
    catalogue::Text named{"即時資料流", "Live stream"};
    if (title != nullptr && title->is_object())
      named = {string_or(*title, "zh_hant"), string_or(*title, "en")};
    const auto append = [&](const catalogue::Entry& now) -> Result<catalogue::Dataset> {
      catalogue::Dataset changed = now.dataset;
      changed.distributions.push_back(
          streams::distribution_of(wanted, std::move(named), parts.config.origin));
      return changed;
    };
    MINBEN_CHECK(parts.catalogue.change(tx, entry.dataset.id, actor_of(key), append));
  }
  MINBEN_TRY(stream, parts.live->streams().make(tx, wanted));
  MINBEN_TRY(now, parts.catalogue.find(tx, entry.dataset.id));
  return std::pair{std::move(stream), std::move(now)};
}

Result<net::Response> create(const Parts& parts, net::Request& request) {
  MINBEN_TRY(key, key_of(parts, request));
  MINBEN_TRY(body, parse_json(request.body, {.max_bytes = 1_MiB, .max_depth = 8}));
  MINBEN_TRY(wanted, wanted_of(body));
  MINBEN_TRY(made, parts.database.transact([&](store::Transaction& tx) {
    return make_stream(parts, tx, key, body, wanted);
  }));
  MINBEN_CHECK(parts.live->history().prepare(made.first));
  auto response = net::Response::json(stream_json(parts, made.first, made.second), 201);
  response.headers.set("Location", fmt::format("/api/streams/{}", to_string(made.first.id)));
  return response;
}

Result<net::Response> end(const Parts& parts, net::Request& request) {
  MINBEN_TRY(own, own_stream(parts, request));
  MINBEN_CHECK(parts.database.transact(
      [&](store::Transaction& tx) { return parts.live->streams().end(tx, own.first.id); }));
  net::Response response;
  response.status = 204;
  return response;
}

bool has_lines(const net::Request& request) {
  const std::string type = to_lower_ascii(request.headers.get("Content-Type"));
  return type.starts_with("application/x-ndjson") || type.starts_with("application/ndjson") ||
         type.starts_with("application/jsonl");
}

net::Response publish(const Parts& parts, net::Request& request) {
  auto own = own_stream(parts, request);
  if (!own) return stream_problem(own.error());
  const auto done = parts.live->streams().publish(
      own->first.id,
      {request.body, has_lines(request), std::string(request.headers.get("Idempotency-Key"))});
  if (!done) return stream_problem(done.error().front(), done.error());
  JsonObject answer{{"records", done->records}, {"repeated", done->repeated}};
  if (done->records > 0) {
    answer["first"] = done->first;
    answer["last"] = done->last;
  }
  auto response =
      net::Response::json(std::move(answer), done->records > 0 && !done->again ? 201 : 200);
  if (done->again) response.headers.set("Idempotency-Replayed", "true");
  return for_everybody(std::move(response));
}

}  // namespace

void add_stream_writing(std::vector<net::Route>& routes, const PartsPtr& parts,
                        net::Access access) {
  add_stream_call(routes, parts, access, net::Method::post, "/api/streams", 1_MiB, create);
  add_stream_call(routes, parts, access, net::Method::del, "/api/streams/{id}", 0, end);
  routes.push_back({net::Method::post, "/api/streams/{id}/records", access, largest_call,
                    [parts](net::Request& request) { return publish(*parts, request); }});
}

}  // namespace minben::interop

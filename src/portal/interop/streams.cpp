// Live streams for programs: what there is, records by pages, the newest by key, and following by
// server-sent events.
#include "streams.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace minben::interop {

using streams::Record;
using streams::Stream;
using streams::StreamId;

namespace {

constexpr int most_records = 10'000;
constexpr int usual_records = 1000;
constexpr int too_many_pause = 10;  ///< seconds

std::string address(const Parts& parts, const StreamId& id, std::string_view call = {}) {
  return fmt::format("{}/api/streams/{}{}", parts.config.origin, to_string(id), call);
}

Json fields_json(const Stream& stream) {
  JsonArray out;
  for (const streams::Field& each : stream.fields)
    out.push_back(JsonObject{{"name", each.name},
                             {"type", intake::to_string(each.type)},
                             {"label", each.label},
                             {"unit", each.unit}});
  return out;
}

Result<net::Response> list(const Parts& parts, net::Request& request) {
  MINBEN_TRY(all, parts.live->streams().all());
  const std::string_view dataset = request.query.get("dataset");
  JsonArray out;
  for (const Stream& each : all) {
    const auto known = parts.live->streams().readable(each.id);
    if (!known) continue;
    const auto& named = known->second.dataset;
    if (!dataset.empty() && named.name != dataset && to_string(named.id) != dataset) continue;
    out.push_back(stream_json(parts, known->first, known->second));
  }
  return net::Response::json(JsonObject{{"streams", std::move(out)}});
}

Result<net::Response> show(const Parts& parts, net::Request& request) {
  MINBEN_TRY(id, stream_id(request));
  MINBEN_TRY(known, parts.live->streams().readable(id));
  return net::Response::json(stream_json(parts, known.first, known.second));
}

// ------------------------------------------------------------------------------------- records

enum class Form { json, lines, csv };

Result<Form> form_of(const net::Request& request) {
  const std::string_view asked = request.query.get("format");
  const std::string_view accept = request.headers.get("Accept");
  if (asked == "json") return Form::json;
  if (asked == "ndjson") return Form::lines;
  if (asked == "csv") return Form::csv;
  if (!asked.empty()) return fail(Kind::invalid, "bad_format", "json, ndjson or csv", "format");
  if (accept.starts_with("application/x-ndjson")) return Form::lines;
  if (accept.starts_with("text/csv")) return Form::csv;
  return Form::json;
}

Result<std::int64_t> number_of(const net::Form& query, std::string_view name,
                               std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  if (!query.has(name)) return otherwise;
  const auto value = parse_integer(query.get(name), least, most);
  if (!value)
    return fail(Kind::invalid, fmt::format("bad_{}", name), fmt::format("{} to {}", least, most),
                name);
  return *value;
}

/// RFC 4180.
void append_cell(std::string& out, const Json& value) {
  if (value.is_null()) return;
  if (!value.is_string()) {
    out += value.is_double() ? fmt::format("{}", value.get_double()) : write_json(value);
    return;
  }
  out += '"';
  for (const char c : value.get_string()) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string csv_of(const Stream& stream, const std::vector<Record>& records) {
  std::string out = "sequence,received_at";
  for (const streams::Field& each : stream.fields) {
    out += ',';
    append_cell(out, Json(each.name));
  }
  out += "\r\n";
  for (const Record& record : records) {
    out += fmt::format("{},{}", record.sequence, to_string(record.at));
    const auto body = parse_json(record.body);
    for (const streams::Field& each : stream.fields) {
      out += ',';
      const Json* value = body ? find(*body, each.name) : nullptr;
      if (value != nullptr) append_cell(out, *value);
    }
    out += "\r\n";
  }
  return out;
}

std::string joined(const std::vector<Record>& records, std::string_view between) {
  std::string out;
  for (const Record& each : records) {
    if (!out.empty()) out += between;
    out += streams::record_json(each);
  }
  return out;
}

net::Response written(Form form, const Stream& stream, const std::vector<Record>& records,
                      std::string_view head) {
  switch (form) {
    case Form::lines:
      return net::Response::bytes(joined(records, "\n") + (records.empty() ? "" : "\n"),
                                  "application/x-ndjson");
    case Form::csv:
      return net::Response::bytes(csv_of(stream, records), "text/csv; charset=utf-8");
    case Form::json:
      break;
  }
  return net::Response::bytes(fmt::format("{{{},\"records\":[{}]}}", head, joined(records, ",")),
                              "application/json");
}

/// What was asked for was there once, and is in the table now.
Error gone(const Parts& parts, const Stream& stream) {
  return {Kind::not_found,
          "records_pruned",
          fmt::format("single records begin at {}; older ones are in {}/datastore/dump/{}",
                      stream.pruned + 1, parts.config.origin, to_string(stream.id)),
          "after",
          0,
          0};
}

void count_use(const Parts& parts, const net::Request& request, const catalogue::Entry& entry) {
  if (parts.used) parts.used(entry.dataset.id, Use::call, request.headers.get("User-Agent"));
}

Result<net::Response> records(const Parts& parts, net::Request& request) {
  MINBEN_TRY(id, stream_id(request));
  MINBEN_TRY(known, parts.live->streams().readable(id));
  const Stream& stream = known.first;
  MINBEN_TRY(form, form_of(request));
  MINBEN_TRY(after, number_of(request.query, "after", stream.pruned, 0, INT64_MAX));
  MINBEN_TRY(limit, number_of(request.query, "limit", usual_records, 1, most_records));
  if (after < stream.pruned) return fail(gone(parts, stream));
  const std::string key(request.query.get("key"));
  count_use(parts, request, known.second);
  MINBEN_TRY(page, parts.live->streams().records(id, after, static_cast<int>(limit), key));
  auto response =
      written(form, stream, page.records,
              fmt::format("\"stream\":\"{}\",\"after\":{},\"next_after\":{},\"more\":{}",
                          to_string(id), after, page.reached, page.more));
  if (page.more) {
    std::string next =
        fmt::format("{}?after={}&limit={}", address(parts, id, "/records"), page.reached, limit);
    if (!key.empty()) next += "&key=" + net::percent_encode(key);
    if (request.query.has("format"))
      next += "&format=" + net::percent_encode(request.query.get("format"));
    response.headers.set("Link", fmt::format("<{}>; rel=\"next\"", next));
  }
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

Result<net::Response> latest(const Parts& parts, net::Request& request) {
  MINBEN_TRY(id, stream_id(request));
  MINBEN_TRY(known, parts.live->streams().readable(id));
  MINBEN_TRY(form, form_of(request));
  MINBEN_TRY(limit, number_of(request.query, "limit", most_records, 1, most_records));
  count_use(parts, request, known.second);
  const std::string key(request.query.get("key"));
  MINBEN_TRY(found, parts.live->streams().latest(id, static_cast<int>(limit), key));
  auto response =
      written(form, known.first, found,
              fmt::format("\"stream\":\"{}\",\"sequence\":{}", to_string(id), known.first.last));
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

// ----------------------------------------------------------------------------------- following

/// Behind which number: what the browser says on coming back counts more than what the page asked
/// for.
Result<std::int64_t> after_of(const net::Request& request, const Stream& stream) {
  const std::string_view last = request.headers.get("Last-Event-ID");
  if (!last.empty()) {
    const auto value = parse_integer(last, 0, stream.last);
    if (!value)
      return fail(Kind::invalid, "bad_last_event_id", fmt::format("0 to {}", stream.last),
                  "Last-Event-ID");
    return *value;
  }
  return number_of(request.query, "after", stream.last, 0, stream.last);
}

Result<net::Response> events(const Parts& parts, net::Request& request) {
  MINBEN_TRY(id, stream_id(request));
  MINBEN_TRY(known, parts.live->streams().readable(id));
  if (known.first.ended_at)
    return fail(Kind::not_found, "stream_ended", "the stream takes no more records");
  MINBEN_TRY(after, after_of(request, known.first));
  MINBEN_TRY(place, parts.live->feed().admit(request.remote_address));
  count_use(parts, request, known.second);
  streams::Feed::Wanted wanted{id, after, std::string(request.query.get("key")), std::move(place)};
  auto response = net::shared_event_stream(
      [feed = &parts.live->feed(), wanted](std::shared_ptr<net::SharedEventStream> to) {
        feed->follow(wanted, std::move(to));
      });
  response.headers.set("X-Accel-Buffering",
                       "no");  // proxies that gather answers would hold it back
  return response;
}

}  // namespace

net::Response for_everybody(net::Response response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

net::Response stream_problem(const Error& error, std::span<const Error> more) {
  net::Response response = net::Response::problem(error, more);
  const bool is_gone =
      error.code == "records_pruned" || error.code == "withdrawn" || error.code == "stream_ended";
  if (is_gone && error.kind == Kind::not_found) response.status = 410;
  if (error.kind == Kind::too_many || error.kind == Kind::unavailable)
    response.headers.set("Retry-After", std::to_string(too_many_pause));
  return for_everybody(std::move(response));
}

Result<StreamId> stream_id(const net::Request& request) {
  const auto id = StreamId::parse(request.parameter("id"));
  if (!id) return fail(Kind::not_found, "no_such_stream", "there is no such stream");
  return *id;
}

Result<std::pair<Stream, Key>> own_stream(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(key, key_of(parts, request));
  MINBEN_TRY(id, stream_id(request));
  MINBEN_TRY(stream, parts.live->streams().find(id));
  MINBEN_CHECK(parts.read([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(entry, parts.catalogue.find(tx, stream.dataset));
    if (entry.status == catalogue::Status::withdrawn)
      return fail(Kind::not_found, "withdrawn", "the dataset was withdrawn");
    MINBEN_CHECK(publisher_for(parts, tx, key, entry.dataset.publisher));
    return {};
  }));
  return std::pair{std::move(stream), std::move(key)};
}

Json stream_json(const Parts& parts, const Stream& stream, const catalogue::Entry& entry) {
  JsonObject out{{"id", to_string(stream.id)},
                 {"dataset", entry.dataset.name},
                 {"title", JsonObject{{"zh_hant", entry.dataset.title.zh_hant},
                                      {"en", entry.dataset.title.en}}},
                 {"publisher", entry.dataset.publisher.value},
                 {"licence", entry.dataset.licence},
                 {"fields", fields_json(stream)},
                 {"key", stream.key},
                 {"retention_days", stream.retention_days},
                 {"every_seconds", stream.every_seconds},
                 {"first", stream.pruned + 1},
                 {"last", stream.last},
                 {"last_at", stream.last_at ? Json(to_string(*stream.last_at)) : Json()},
                 {"ended_at", stream.ended_at ? Json(to_string(*stream.ended_at)) : Json()},
                 {"made_at", to_string(stream.made_at)}};
  for (const std::string_view call : {"events", "records", "latest", "hooks"})
    out[std::string(call) + "_url"] = address(parts, stream.id, fmt::format("/{}", call));
  out["history_url"] =
      fmt::format("{}/datastore/dump/{}", parts.config.origin, to_string(stream.id));
  return out;
}

void add_stream_call(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
                     net::Method method, std::string pattern, std::size_t max_body,
                     StreamCall call) {
  routes.push_back(
      {method, std::move(pattern), access, max_body, [parts, call](net::Request& request) {
         auto response = call(*parts, request);
         return response ? for_everybody(std::move(*response)) : stream_problem(response.error());
       }});
}

void add_stream_reading(std::vector<net::Route>& routes, const PartsPtr& parts,
                        net::Access access) {
  const auto add = [&](std::string pattern, StreamCall call) {
    add_stream_call(routes, parts, access, net::Method::get, std::move(pattern), 0, call);
  };
  add("/api/streams", list);
  add("/api/streams/{id}", show);
  add("/api/streams/{id}/records", records);
  add("/api/streams/{id}/latest", latest);
  add("/api/streams/{id}/events", events);
}

void add_streams(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  if (parts->live == nullptr) return;
  add_stream_reading(routes, parts, access);
  add_stream_writing(routes, parts, access);
  add_stream_hooks(routes, parts, access);
}

}  // namespace minben::interop

#include "importing.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::harvest {

using catalogue::Dataset;
using catalogue::PublisherCode;
using store::Query;

namespace {

constexpr std::size_t largest_diff = 64u << 10;

constexpr Query find_owner{"harvest_publisher",
                           "select source from harvest.publisher where code = $1"};
constexpr Query note_owner{"harvest_own_publisher",
                           "insert into harvest.publisher (code, source) values ($1, $2) "
                           "on conflict (code) do nothing"};

std::string short_hash(std::string_view text) { return hex_encode(sha256(text)).substr(0, 8); }

bool is_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

/// A name that nobody else can have meant, and always the same.
std::string own_name(const Dataset& dataset) {
  return fmt::format("{}-{}", dataset.name.substr(0, 90),
                     short_hash(dataset.origin->source + "\n" + dataset.origin->identifier));
}

/// "moenv" of the source "city" → "city--moenv".
std::string own_code(const std::string& source, const std::string& code) {
  std::string joined = fmt::format("{}--{}", source, code);
  if (joined.size() <= 64) return joined;
  return fmt::format("{}-{}", joined.substr(0, 55), short_hash(joined));
}

}  // namespace

catalogue::Actor actor_of(const Source& source) {
  return {catalogue::Actor::Kind::harvest, source.code.value};
}

/// Nobody publishes in the name of another: a publisher that was there before the source came is
/// its own only if it is trusted; otherwise it brings one of its own, under a code of its own.
Result<std::string> Importing::publisher_for(store::Transaction& tx,
                                             const catalogue::Publisher& found) const {
  if (!source_.publisher.empty()) return source_.publisher;
  const auto mapped = source_.publishers.find(found.code.value);
  if (mapped != source_.publishers.end()) return mapped->second;
  catalogue::Publisher made = found;
  if (!is_code(made.code.value)) made.code = PublisherCode{source_.code.value};
  if (made.title.empty()) made.title = source_.title;
  for (const std::string& code : {made.code.value, own_code(source_.code.value, made.code.value)}) {
    made.code = PublisherCode{code};
    const auto there = catalogue_.publisher(tx, made.code);
    if (!there && there.error().kind != Kind::not_found) return fail(there.error());
    MINBEN_TRY(owner, tx.run(find_owner, code));
    const bool own = !owner.empty() && owner.front().text("source") == source_.code.value;
    if (there && (source_.trusted || own)) return code;
    if (there) continue;
    made.agency.clear();
    made.parent.clear();
    MINBEN_CHECK(catalogue_.save(tx, made));
    MINBEN_CHECK(tx.run(note_owner, code, source_.code));
    return code;
  }
  return fail(Kind::forbidden, "publisher_of_others", made.code.value, "/publisher");
}

/// Ids that were made from addresses may be those of another source's, or of our own datasets.
Result<void> Importing::keep_apart(store::Transaction& tx, std::vector<Dataset>& datasets) const {
  std::vector<catalogue::DatasetId> ids;
  for (const Dataset& each : datasets)
    if (!each.id.is_nil()) ids.push_back(each.id);
  if (ids.empty()) return {};
  MINBEN_TRY(entries, catalogue_.entries(tx, ids));
  std::set<catalogue::DatasetId> taken;
  for (const catalogue::Entry& each : entries)
    if (!each.dataset.origin || each.dataset.origin->source != source_.code.value)
      taken.insert(each.dataset.id);
  for (Dataset& each : datasets) {
    if (!taken.contains(each.id)) continue;
    each.id = {};
    for (catalogue::Distribution& one : each.distributions) one.id = {};
  }
  return {};
}

/// Two portals may both call a dataset "population": the later one gets a longer name.
Result<catalogue::Puts> Importing::put(store::Transaction& tx,
                                       std::span<const Dataset> datasets) const {
  MINBEN_TRY(puts, catalogue_.put(tx, datasets, actor_of(source_)));
  std::vector<Dataset> again;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < puts.size(); ++i)
    if (!puts[i] && puts[i].error().code == "name_taken") {
      again.push_back(datasets[i]);
      again.back().name = own_name(datasets[i]);
      places.push_back(i);
    }
  if (again.empty()) return puts;
  MINBEN_TRY(second, catalogue_.put(tx, again, actor_of(source_)));
  for (std::size_t i = 0; i < places.size(); ++i) puts[places[i]] = std::move(second[i]);
  return puts;
}

Result<Json> Importing::difference(store::Transaction& tx, const catalogue::Put& put) const {
  if (put.outcome != catalogue::Outcome::changed || put.version < 2) return Json(nullptr);
  MINBEN_TRY(before, catalogue_.version(tx, put.id, put.version - 1));
  MINBEN_TRY(after, catalogue_.version(tx, put.id, put.version));
  before.dataset.origin = after.dataset.origin;  // when it was fetched is no change of it
  JsonArray whole, pointers;
  for (const catalogue::Difference& each : differences(before.dataset, after.dataset)) {
    whole.push_back(
        JsonObject{{"pointer", each.pointer}, {"before", each.before}, {"after", each.after}});
    if (pointers.size() < 200) pointers.push_back(JsonObject{{"pointer", each.pointer}});
  }
  if (write_json(whole).size() > largest_diff) return Json(std::move(pointers));
  return Json(std::move(whole));
}

Result<Imported> Importing::run(store::Transaction& tx, std::span<const Found> found,
                                std::map<std::string, std::string>& known) const {
  Imported out;
  std::vector<Dataset> datasets;
  std::vector<std::size_t> places;
  for (const Found& each : found) {
    Object& object = out.emplace_back();
    object.identifier = each.identifier;
    object.url = each.url;
    object.state = ObjectState::failed;
    if (each.fault) {
      object.code = each.fault->code;
      object.detail = describe(*each.fault);
      continue;
    }
    std::string& publisher = known[each.publisher.code.value];
    if (publisher.empty()) {
      MINBEN_TRY(code, publisher_for(tx, each.publisher));
      publisher = code;
    }
    Dataset& dataset = datasets.emplace_back(each.dataset);
    dataset.publisher = PublisherCode{publisher};
    dataset.origin = catalogue::Origin{source_.code.value, each.identifier, each.url, now_};
    if (!is_name(dataset.name)) dataset.name.clear();
    places.push_back(out.size() - 1);
  }
  MINBEN_CHECK(keep_apart(tx, datasets));
  MINBEN_TRY(puts, put(tx, datasets));
  for (std::size_t i = 0; i < puts.size(); ++i) {
    Object& object = out[places[i]];
    if (!puts[i]) {
      object.code = puts[i].error().code;
      object.detail = describe(puts[i].error());
      continue;
    }
    object.state = puts[i]->outcome == catalogue::Outcome::created   ? ObjectState::created
                   : puts[i]->outcome == catalogue::Outcome::changed ? ObjectState::changed
                                                                     : ObjectState::unchanged;
    object.dataset = puts[i]->id;
    object.version = puts[i]->version;
    MINBEN_TRY(diff, difference(tx, *puts[i]));
    object.diff = std::move(diff);
  }
  return out;
}

}  // namespace minben::harvest

#include "ledger/series.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "receipt_verifier.hpp"

namespace minben::ledger {

namespace {

constexpr std::string_view format_name = "minben-receipts/1";
constexpr std::int64_t largest_number = (std::int64_t{1} << 53) - 1;  // RFC 8785 in every reader

Json place_json(const Place& place) {
  return JsonObject{{"number", static_cast<std::int64_t>(place.number)},
                    {"after", place.after ? base64_encode(*place.after) : std::string()}};
}

std::optional<Hash> hash_of(std::string_view text) {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != std::tuple_size_v<Hash>) return std::nullopt;
  Hash hash;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::optional<Place> read_place(const Json* object) {
  if (object == nullptr) return std::nullopt;
  const auto number = get_integer(*object, "number");
  const auto after = get_string(*object, "after");
  if (!number || *number < 1 || *number > largest_number || !after) return std::nullopt;
  Place place{static_cast<std::uint64_t>(*number), hash_of(*after)};
  // The first follows nothing, every other one something.
  if (place.after.has_value() == (*number == 1)) return std::nullopt;
  if (*number == 1 && !after->empty()) return std::nullopt;
  return place;
}

std::unexpected<Error> refuse(std::string_view code, std::string_view detail) {
  return fail(Kind::invalid, code, detail, "series");
}
std::unexpected<Error> not_receipts(std::string_view detail) {
  return refuse("not_receipts", detail);
}

/// Salt and digest are there and right: the receipt was verified.
VerifiedItem item_of(const Json& file, VerifiedReceipt receipt) {
  const auto salt = base64_decode(string_or(file, "salt"));
  const auto digest = hash_of(string_or(file, "digest"));
  MINBEN_ASSERT(salt && digest);
  return {place_of(receipt.claim.content).value_or(Place{}), series_link(*salt, *digest),
          std::move(receipt)};
}

Result<VerifiedItem> verify_item(const Json& item, std::string_view type,
                                 ReceiptVerifier& verifier) {
  if (const Json* erased = find(item, "erased")) {
    const auto place = read_place(erased);
    if (!place) return not_receipts("an erased entry without its place");
    return VerifiedItem{*place, {}, {}};
  }
  MINBEN_TRY(receipt, verifier.verify(write_json_pretty(item)));
  if (receipt.claim.type != type || !place_of(receipt.claim.content))
    return refuse("other_series", "a receipt of another type, or without a number");
  return item_of(item, std::move(receipt));
}

/// `next` stands right after `before`.
Result<void> check_follows(const VerifiedItem& before, const VerifiedItem& next) {
  const std::uint64_t expected = before.place.number + 1, number = next.place.number;
  if (number < expected)
    return refuse("out_of_order", fmt::format("{} comes after {}", number, before.place.number));
  if (number > expected)
    return refuse("left_out", number == expected + 1
                                  ? fmt::format("{} is missing", expected)
                                  : fmt::format("{} to {} are missing", expected, number - 1));
  if (before.link && next.place.after != before.link)
    return refuse("broken_link",
                  fmt::format("{} was made after another entry than this {}", number, number - 1));
  return {};
}

SeriesFault fault_between(Error error, std::size_t at, const VerifiedItem& before,
                          const VerifiedItem& next) {
  SeriesFault fault{std::move(error), at};
  if (fault.error.code == "left_out") {
    fault.first_missing = before.place.number + 1;
    fault.last_missing = next.place.number - 1;
  }
  return fault;
}

/// With "entries", a number, and "receipts", an array of at most so many.
Result<Json> read_file(std::string_view text) {
  if (text.size() > largest_receipts_file) return not_receipts("larger than 32 MiB");
  auto json = parse_json(text, {.max_bytes = largest_receipts_file, .max_depth = 36});
  if (!json || string_or(*json, "format") != format_name)
    return not_receipts("not JSON of format minben-receipts/1");
  const auto entries = get_integer(*json, "entries");
  const Json* list = find(*json, "receipts");
  if (!entries || *entries < 0 || list == nullptr || !list->is_array() ||
      list->get_array().size() > most_receipts)
    return not_receipts("a part is missing or malformed");
  // One spelling only, as with a single receipt.
  if (write_json_pretty(*json) != text)
    return not_receipts("not spelled as files of receipts are written: a byte was changed");
  return json;
}

bool same_entry(const VerifiedItem& a, const VerifiedItem& b) {
  return a.place.after == b.place.after && (!a.link || !b.link || a.link == b.link);
}

}  // namespace

Hash series_link(Octets salt, const Hash& digest) {
  std::string message("minben/series/1");
  message.push_back('\0');
  message.append(as_text(digest));
  return hmac_sha256(salt, as_bytes(message));
}

Result<Json> placed(const Json& content, const Place& place) {
  if (!content.is_object())
    return fail(Kind::invalid, "not_an_object", "what concerns a person is an object", "content");
  if (find(content, series_member) != nullptr)
    return fail(Kind::invalid, "reserved_member", "\"series\" is the ledger's own", "content");
  Json whole = content;
  whole.get_object()[series_member] = place_json(place);
  return whole;
}

std::optional<Place> place_of(const Json& content) {
  return read_place(find(content, series_member));
}

Result<std::string> write_receipts(std::string_view type, std::uint64_t entries,
                                   std::span<const SeriesItem> items) {
  JsonArray list;
  for (const SeriesItem& item : items) {
    if (item.receipt) {
      MINBEN_TRY(receipt, parse_json(*item.receipt));
      list.push_back(std::move(receipt));
    } else {
      list.push_back(JsonObject{{"erased", place_json(item.place)}});
    }
  }
  return write_json_pretty(JsonObject{{"format", format_name},
                                      {"type", type},
                                      {"entries", static_cast<std::int64_t>(entries)},
                                      {"receipts", std::move(list)}});
}

bool is_receipts_file(std::string_view text) {
  return text.substr(0, 200).find(format_name) != std::string_view::npos;
}

std::expected<VerifiedSeries, SeriesFault> check_receipts(std::string_view text,
                                                          std::string_view vkeys) {
  auto verifier = ReceiptVerifier::make(vkeys);
  if (!verifier) return std::unexpected(SeriesFault{verifier.error()});
  const auto file = read_file(text);
  if (!file) return std::unexpected(SeriesFault{file.error()});
  VerifiedSeries series{string_or(*file, "type"),
                        static_cast<std::uint64_t>(get_integer(*file, "entries").value()),
                        {}};
  for (const Json& each : find(*file, "receipts")->get_array()) {
    const std::size_t at = series.items.size() + 1;
    auto item = verify_item(each, series.type, *verifier);
    if (!item) return std::unexpected(SeriesFault{item.error(), at});
    if (at > 1)
      if (const auto follows = check_follows(series.items.back(), *item); !follows)
        return std::unexpected(fault_between(follows.error(), at, series.items.back(), *item));
    series.items.push_back(std::move(*item));
  }
  return series;
}

Result<VerifiedSeries> verify_receipts(std::string_view text, std::string_view vkeys) {
  auto series = check_receipts(text, vkeys);
  if (series) return std::move(*series);
  Error error = std::move(series.error().error);
  if (series.error().at > 0)
    error.detail += fmt::format(" (receipt {} in the file)", series.error().at);
  return fail(std::move(error));
}

VerifiedSeries series_of(std::string_view text, VerifiedReceipt receipt) {
  const auto file = parse_json(text);
  MINBEN_ASSERT(file.has_value());
  VerifiedSeries series{receipt.claim.type, 0, {}};
  series.items.push_back(item_of(*file, std::move(receipt)));
  return series;
}

Result<VerifiedSeries> join_series(std::span<const VerifiedSeries> files) {
  VerifiedSeries whole;
  std::map<std::uint64_t, VerifiedItem> by_number;
  for (const VerifiedSeries& file : files) {
    if (!whole.type.empty() && file.type != whole.type)
      return refuse("other_series", "files of different types");
    whole.type = file.type;
    whole.entries = std::max(whole.entries, file.entries);
    for (const VerifiedItem& item : file.items) {
      const auto [at, fresh] = by_number.emplace(item.place.number, item);
      if (fresh) continue;
      if (!same_entry(at->second, item))
        return refuse("forked", fmt::format("two different entries have the number {}: of two "
                                            "persons, or two histories were shown",
                                            item.place.number));
      if (!at->second.receipt) at->second = item;  // erased since, and kept by the person
    }
  }
  for (auto& [number, item] : by_number) {
    if (!whole.items.empty()) MINBEN_CHECK(check_follows(whole.items.back(), item));
    whole.items.push_back(std::move(item));
  }
  return whole;
}

}  // namespace minben::ledger

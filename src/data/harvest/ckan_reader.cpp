// CKAN's Action API v3, as harvesters use it: package_search with whole packages in pages; portals
// whose search does not answer are asked for each package by its name.
#include <array>

#include <fmt/format.h>

#include "interchange/ckan.hpp"
#include "reader.hpp"

namespace minben::harvest {

namespace {

constexpr JsonLimits large{.max_bytes = 64u << 20, .max_depth = 64};
/// What a search answers that is not there or does not work.
constexpr std::array no_search{400, 404, 405, 409, 501};
constexpr std::array no_package{403, 404, 410};

std::string in_quotes(std::string_view value) { return fmt::format("\"{}\"", value); }

class CkanReader final : public Reader {
 public:
  CkanReader(Asking& asking, std::optional<Instant> since) : asking_(asking), since_(since) {
    base_ = asking.source().url;
    while (base_.ends_with('/')) base_.pop_back();
    if (const auto at = base_.find("/api/3"); at != base_.npos) base_.resize(at);
  }

  Result<void> read(const Json& cursor, const Sink& sink) override {
    const Json* start = find(cursor, "start");
    return search(start && start->is_int64() ? start->get_int64() : 0, sink);
  }

  Result<Batch> show(std::span<const std::string> identifiers) override {
    Batch batch;
    batch.asked.assign(identifiers.begin(), identifiers.end());
    for (const std::string& each : identifiers) {
      MINBEN_TRY(answer, asking_.get(action("package_show") + "?id=" + net::percent_encode(each),
                                     "application/json", no_package));
      const auto result = result_of(answer);
      if (!result) {
        if (answer.status < 400) return fail(result.error());
        batch.objects.push_back(
            {.identifier = each, .url = page_of(each), .fault = result.error()});
        continue;
      }
      add(*result, batch);
    }
    return batch;
  }

 private:
  [[nodiscard]] std::string action(std::string_view name) const {
    return fmt::format("{}/api/3/action/{}", base_, name);
  }
  [[nodiscard]] std::string page_of(std::string_view name) const {
    return fmt::format("{}/dataset/{}", base_, net::percent_encode(name));
  }

  /// What "result" holds, or what CKAN says went wrong.
  static Result<Json> result_of(const Asking::Answer& answer) {
    MINBEN_TRY(json, parse_json(answer.body, large));
    const Json* success = find(json, "success");
    const Json* result = find(json, "result");
    if (success && success->is_bool() && success->get_bool() && result) return *result;
    const Json* error = find(json, "error");
    return fail(Kind::invalid, answer.status == 404 ? "http_404" : "ckan_error",
                error ? string_or(*error, "__type") : std::string("no result"), answer.url);
  }

  [[nodiscard]] std::string conditions() const {
    std::string out;
    const auto& names = asking_.source().organizations;
    for (const std::string& each : names)
      out += fmt::format("{}{}", out.empty() ? "organization:(" : " OR ", in_quotes(each));
    if (!names.empty()) out += ")";
    if (since_)
      out += fmt::format("{}metadata_modified:[{} TO *]", out.empty() ? "" : " AND ",
                         minben::to_string(Instant(std::chrono::floor<seconds>(*since_))));
    return out;
  }

  Result<void> search(std::int64_t start, const Sink& sink) {
    const int rows = asking_.config().rows_per_page;
    std::string url =
        fmt::format("{}?q={}&rows={}&start={}&sort={}", action("package_search"),
                    net::percent_encode("*:*"), rows, start, net::percent_encode("id asc"));
    if (const std::string fq = conditions(); !fq.empty()) url += "&fq=" + net::percent_encode(fq);
    auto answer = asking_.get(url, "application/json", no_search);
    if (!answer) return fail(answer.error());
    const auto result = result_of(*answer);
    if (!result && start == 0 && result.error().code != "not_json") return list(sink);
    if (!result && start == 0 && answer->status >= 400) return list(sink);
    if (!result) return fail(result.error());
    const Json* packages = find(*result, "results");
    if (!packages || !packages->is_array())
      return fail(Kind::invalid, "ckan_error", "a search without results", answer->url);
    Batch batch;
    if (const auto count = get_integer(*result, "count")) batch.expected = *count;
    for (const Json& each : packages->get_array()) add(each, batch);
    const auto got = static_cast<std::int64_t>(packages->get_array().size());
    const bool more = got > 0 && (batch.expected ? start + got < *batch.expected : got >= rows);
    batch.next = more ? Json(JsonObject{{"start", start + got}}) : Json(nullptr);
    return sink(std::move(batch));
  }

  /// Without search there is no filter: organisations are told apart in the packages.
  Result<void> list(const Sink& sink) {
    MINBEN_TRY(answer, asking_.get(action("package_list"), "application/json"));
    MINBEN_TRY(result, result_of(answer));
    const auto* names = result.if_array();
    if (!names) return fail(Kind::invalid, "ckan_error", "a list was expected", answer.url);
    Batch batch;
    for (const Json& each : *names)
      if (each.is_string()) batch.waiting.emplace_back(std::string_view(each.get_string()));
    batch.next = Json(nullptr);
    return sink(std::move(batch));
  }

  [[nodiscard]] bool wanted(const Json& package) const {
    const auto& names = asking_.source().organizations;
    if (names.empty()) return true;
    const Json* organization = find(package, "organization");
    return organization &&
           std::ranges::find(names, string_or(*organization, "name")) != names.end();
  }

  /// By its id, also when it was asked for by name: a search that fails once makes nothing new.
  void add(const Json& package, Batch& batch) const {
    const std::string name = string_or(package, "name");
    Found found;
    found.identifier = string_or(package, "id", name);
    found.url = page_of(name.empty() ? found.identifier : name);
    auto read = interchange::read_ckan_package(package);
    if (read && (!read->active || !wanted(package))) {
      ++batch.hidden;
      return;
    }
    if (read) {
      found.dataset = std::move(read->dataset);
      found.publisher = std::move(read->publisher);
    } else {
      found.fault = read.error().front();
    }
    if (found.identifier.empty()) {
      found.identifier = "without-id:" + hex_encode(sha256(write_json(package))).substr(0, 16);
      found.fault = fail(Kind::invalid, "missing", "a package has an id", "/id").error();
    }
    batch.objects.push_back(std::move(found));
  }

  Asking& asking_;
  std::optional<Instant> since_;
  std::string base_;
};

}  // namespace

std::unique_ptr<Reader> ckan_reader(Asking& asking, std::optional<Instant> since) {
  return std::make_unique<CkanReader>(asking, since);
}

}  // namespace minben::harvest

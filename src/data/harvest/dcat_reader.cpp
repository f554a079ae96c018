// Documents of linked data, page by page.
#include <array>

#include <fmt/format.h>

#include "interchange/dcat.hpp"
#include "reader.hpp"

namespace minben::harvest {

namespace {

constexpr std::string_view accepted =
    "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8, "
    "application/n-triples;q=0.7, */*;q=0.1";
constexpr std::size_t batch_size = 500;

enum class Syntax { turtle, ntriples, rdf_xml, json_ld };

/// Servers often say "text/plain" or "application/xml": the type when it is one of these, else the
/// first characters.
Syntax syntax_of(std::string_view type, std::string_view body) {
  type = trim(type.substr(0, type.find(';')));
  if (type == "application/n-triples") return Syntax::ntriples;
  if (type == "application/ld+json") return Syntax::json_ld;
  if (type == "application/rdf+xml") return Syntax::rdf_xml;
  if (type == "text/turtle") return Syntax::turtle;
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  body = trim(body.substr(0, 4096));
  if (body.starts_with('{') || body.starts_with('[')) return Syntax::json_ld;
  if (body.starts_with("<?xml") || body.starts_with("<rdf:") || body.starts_with("<RDF"))
    return Syntax::rdf_xml;
  return Syntax::turtle;  // which N-Triples is, too
}

Result<interchange::Graph> read_graph(const Asking::Answer& answer) {
  switch (syntax_of(answer.headers.get("Content-Type"), answer.body)) {
    case Syntax::turtle:
      return interchange::read_turtle(answer.body, answer.url);
    case Syntax::ntriples:
      return interchange::read_ntriples(answer.body);
    case Syntax::rdf_xml:
      return interchange::read_rdf_xml(answer.body, answer.url);
    case Syntax::json_ld:
      return interchange::read_json_ld(answer.body, answer.url);
  }
  return fail(Kind::internal, "no_such_syntax");
}

}  // namespace

std::string next_of_link(std::string_view header) {
  while (true) {
    const auto open = header.find('<'), close = header.find('>');
    if (open == header.npos || close == header.npos || close < open) return {};
    const std::string_view address = header.substr(open + 1, close - open - 1);
    header.remove_prefix(close + 1);
    const auto following = header.find('<');
    for (const std::string_view part : split(header.substr(0, following), ';')) {
      std::string word = to_lower_ascii(part);
      std::erase_if(word, [](char c) { return c == ' ' || c == '"' || c == ',' || c == '\t'; });
      if (word == "rel=next") return std::string(address);
    }
  }
}

namespace {

class DcatReader final : public Reader {
 public:
  explicit DcatReader(Asking& asking) : asking_(asking) {}

  Result<void> read(const Json& cursor, const Sink& sink) override {
    const std::string url = string_or(cursor, "url", asking_.source().url);
    MINBEN_TRY(answer, asking_.get(url, accepted));
    MINBEN_TRY(graph, read_graph(answer));
    interchange::FoundPage page = interchange::read_dcat(graph);
    MINBEN_TRY(next, next_page(answer, page.next, url));
    Batch batch;
    for (interchange::FoundDataset& each : page.datasets) {
      batch.objects.push_back(found(std::move(each), url));
      if (batch.objects.size() < batch_size) continue;
      MINBEN_CHECK(sink(std::exchange(batch, {})));
    }
    batch.expected = page.total;
    batch.next = next.empty() ? Json(nullptr) : Json(JsonObject{{"url", next}});
    return sink(std::move(batch));
  }

 private:
  static Result<std::string> next_page(const Asking::Answer& answer, const std::string& in_graph,
                                       const std::string& url) {
    std::string next = in_graph;
    if (next.empty()) next = next_of_link(answer.headers.get("Link"));
    if (next.empty()) return next;
    MINBEN_TRY(resolved, net::resolve_url(answer.url, next));
    if (resolved == url || resolved == answer.url)
      return fail(Kind::invalid, "paging_loop", "a page says that it is its own next page", url);
    return resolved;
  }

  static Found found(interchange::FoundDataset&& from, const std::string& page) {
    Found out;
    out.identifier = from.iri.empty() ? "blank:" + to_string(from.dataset.id) : from.iri;
    out.url = from.iri.starts_with("http") ? from.iri : page;
    out.dataset = std::move(from.dataset);
    out.dataset.series.reset();  // of theirs we have none
    if (from.publisher) out.publisher = std::move(*from.publisher);
    return out;
  }

  Asking& asking_;
};

}  // namespace

std::unique_ptr<Reader> dcat_reader(Asking& asking) { return std::make_unique<DcatReader>(asking); }

}  // namespace minben::harvest

// For readers of news and for search engines: Atom (RFC 4287), sitemaps (sitemaps.org 0.9) and
// robots.txt.
#include <algorithm>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "ckan.hpp"
#include "solr.hpp"

namespace minben::interop {

namespace {

using catalogue::Entry;

constexpr std::int64_t in_feed = 50;
constexpr std::int64_t in_sitemap = 10'000;  // far below the format's 50,000 and 50 MB

std::string text_of(const pugi::xml_document& document) {
  struct Text final : pugi::xml_writer {
    void write(const void* data, std::size_t size) override {
      out.append(static_cast<const char*>(data), size);
    }
    std::string out;
  } writer;
  document.save(writer, " ", pugi::format_indent, pugi::encoding_utf8);
  return std::move(writer.out);
}

void add(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

std::string page_of(const Parts& parts, std::string_view language, const std::string& name) {
  return fmt::format("{}/{}/datasets/{}", parts.config.origin, language, net::percent_encode(name));
}

Result<std::vector<Entry>> newest(const Parts& parts, const net::Form& query) {
  catalogue::SearchQuery search;
  std::vector<std::string> filters;
  for (const std::string_view name : {"organization", "groups", "tags"})
    if (query.has(name)) filters.push_back(fmt::format("{}:\"{}\"", name, query.get(name)));
  MINBEN_TRY(asked, read_solr(query.get("q"), filters, parts.clock.now()));
  search.words = std::move(asked.words);
  search.where = std::move(asked.where);
  search.order = catalogue::Order::modified;
  search.limit = in_feed;
  MINBEN_TRY(hits, parts.index.search(search));
  return parts.read([&](store::Transaction& tx) { return parts.catalogue.entries(tx, hits.ids); });
}

/// The newest changes: of all, of an organization, a group, a tag, or of a search.
Result<net::Response> atom(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(entries, newest(parts, request.query));
  pugi::xml_document document;
  auto feed = document.append_child("feed");
  feed.append_attribute("xmlns") = "http://www.w3.org/2005/Atom";
  feed.append_attribute("xml:lang") = "zh-Hant";
  const std::string address = parts.config.origin + request.target;
  add(feed, "id", address);
  add(feed, "title", parts.config.title.in(Language::zh_hant));
  auto self = feed.append_child("link");
  self.append_attribute("rel") = "self";
  self.append_attribute("href") = address.c_str();
  const Instant changed = entries.empty() ? Instant{} : entries.front().changed_at;
  add(feed, "updated", to_string(changed));
  const auto publishers = parts.index.publishers();
  for (const Entry& each : entries) {
    auto entry = feed.append_child("entry");
    add(entry, "id", "urn:uuid:" + to_string(each.dataset.id));
    add(entry, "title", each.dataset.title.in(Language::zh_hant));
    add(entry, "updated", to_string(each.changed_at));
    add(entry, "published", to_string(each.created_at));
    const auto* publisher = find_publisher(*publishers, each.dataset.publisher);
    add(entry.append_child("author"), "name",
        publisher ? publisher->title.in(Language::zh_hant) : each.dataset.publisher.value);
    entry.append_child("link").append_attribute("href") =
        page_of(parts, "zh-Hant", each.dataset.name).c_str();
    add(entry, "summary", each.dataset.description.in(Language::zh_hant));
    for (const std::string& keyword : each.dataset.keywords)
      entry.append_child("category").append_attribute("term") = keyword.c_str();
  }
  return net::Response::bytes(text_of(document), "application/atom+xml; charset=utf-8");
}

Result<net::Response> sitemap_index(const Parts& parts, const net::Request&) {
  pugi::xml_document document;
  auto index = document.append_child("sitemapindex");
  index.append_attribute("xmlns") = "http://www.sitemaps.org/schemas/sitemap/0.9";
  const std::int64_t pages =
      std::max<std::int64_t>(1, (parts.index.size() + in_sitemap - 1) / in_sitemap);
  for (std::int64_t page = 1; page <= pages; ++page)
    add(index.append_child("sitemap"), "loc",
        fmt::format("{}/sitemap/{}", parts.config.origin, page));
  return net::Response::bytes(text_of(document), "application/xml; charset=utf-8");
}

/// Each dataset in both languages, each page naming the other one.
Result<net::Response> sitemap(const Parts& parts, const net::Request& request) {
  const auto page = parse_integer(request.parameter("page"), 1, 1000);
  if (!page) return fail(Kind::not_found, "no_such_page");
  const std::vector<catalogue::Named> names =
      parts.index.names((*page - 1) * in_sitemap, in_sitemap);
  pugi::xml_document document;
  auto set = document.append_child("urlset");
  set.append_attribute("xmlns") = "http://www.sitemaps.org/schemas/sitemap/0.9";
  set.append_attribute("xmlns:xhtml") = "http://www.w3.org/1999/xhtml";
  for (const catalogue::Named& each : names)
    for (const std::string_view language : {"zh-Hant", "en"}) {
      auto url = set.append_child("url");
      add(url, "loc", page_of(parts, language, each.name));
      add(url, "lastmod", to_string(each.changed_at));
      for (const std::string_view other : {"zh-Hant", "en"}) {
        auto link = url.append_child("xhtml:link");
        link.append_attribute("rel") = "alternate";
        link.append_attribute("hreflang") = std::string(other).c_str();
        link.append_attribute("href") = page_of(parts, other, each.name).c_str();
      }
    }
  return net::Response::bytes(text_of(document), "application/xml; charset=utf-8");
}

Result<net::Response> robots(const Parts& parts, const net::Request&) {
  return net::Response::text(fmt::format(
      "User-agent: *\nDisallow: /api/\nSitemap: {}/sitemap.xml\n", parts.config.origin));
}

}  // namespace

void add_feeds(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  add_get(routes, parts, access, "/feeds/datasets.atom", atom);
  add_get(routes, parts, access, "/sitemap.xml", sitemap_index);
  add_get(routes, parts, access, "/sitemap/{page}", sitemap);
  add_get(routes, parts, access, "/robots.txt", robots);
}

}  // namespace minben::interop

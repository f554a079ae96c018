#include "developers/developers.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "api/webhooks.hpp"
#include "messages/common.hpp"
#include "messages/developers.hpp"
#include "reference.hpp"

namespace minben::developers {

namespace {

using page::Size;

/// The document and what is read out of it once.
struct Guide {
  Json document;
  std::vector<Operation> operations;
  std::vector<std::string> tags;
  std::string base;  ///< path below which all endpoints are
};
using GuidePtr = std::shared_ptr<const Guide>;

GuidePtr guide_of(Json document) {
  auto guide = std::make_shared<Guide>();
  guide->document = std::move(document);
  guide->operations = operations_of(guide->document);
  guide->tags = tags_of(guide->document);
  guide->base = string_or(find(guide->document, "servers")->as_array().front(), "url");
  return guide;
}

using Section = void (*)(Writer&, const Visit&, const Guide&);
struct Chapter {
  std::string_view anchor;
  std::string_view (*title)(Language);
  Section write;
};

std::string address(const Visit& visit, const Guide& guide) {
  return visit.site.config().origin + guide.base;
}

void key(Writer& page, const Visit& visit, const Guide&) {
  page::paragraph(page, msg::developers_key_text(visit.language));
  code_block(page,
             "minben client add \"Permit system\" --agency wda \\\n"
             "  --scope read --scope work --scope deploy --scope operate \\\n"
             "  --config platform/serve.toml");
  page::paragraph(page, msg::developers_key_told(visit.language));
}

void scope_row(Writer& rows, std::string_view name, std::string_view text) {
  page::row(rows, [&](Writer& cells) {
    page::head_cell(cells, name);
    page::cell(cells, text);
  });
}

void authentication(Writer& page, const Visit& visit, const Guide& guide) {
  const Language language = visit.language;
  page::paragraph(page, msg::developers_auth_text(language));
  code_block(page, fmt::format("api={}\nauth=\"Authorization: Bearer $TOKEN\"\n"
                               "curl \"$api/tasks\" -H \"$auth\"",
                               address(visit, guide)));
  const std::vector<page::Column> columns{{std::string(msg::developers_scope_name(language))},
                                          {std::string(msg::developers_scope_may(language))}};
  page::table(page, msg::developers_scopes(language), columns, [&](Writer& rows) {
    scope_row(rows, "read", msg::developers_scope_read(language));
    scope_row(rows, "work", msg::developers_scope_work(language));
    scope_row(rows, "deploy", msg::developers_scope_deploy(language));
    scope_row(rows, "operate", msg::developers_scope_operate(language));
  });
}

void errors(Writer& page, const Visit& visit, const Guide&) {
  page::paragraph(page, msg::developers_errors_text(visit.language));
  code_block(
      page,
      write_json_pretty(JsonObject{
          {"type", "urn:minben:problem:missing"},
          {"title", "Bad Request"},
          {"status", 400},
          {"detail", "is required"},
          {"field", "/model"},
          {"errors", JsonArray{JsonObject{
                         {"code", "missing"}, {"field", "/model"}, {"detail", "is required"}}}}}));
  page::paragraph(page, msg::developers_errors_retry(visit.language));
}

void again(Writer& page, const Visit& visit, const Guide&) {
  page << "<ul class=\"govuk-list govuk-list--bullet\"><li>"
       << msg::developers_again_start(visit.language) << "</li><li>"
       << msg::developers_again_complete(visit.language) << "</li><li>"
       << msg::developers_again_calls(visit.language) << "</li><li>"
       << msg::developers_again_deploy(visit.language) << "</li></ul>";
}

void webhooks(Writer& page, const Visit& visit, const Guide&) {
  const Language language = visit.language;
  page::paragraph(page, msg::developers_hooks_text(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const std::string_view event : api::webhook_events())
    page << "<li><code class=\"mb-code\">" << event << "</code></li>";
  page << "</ul>";
  page::paragraph(page, msg::developers_hooks_signed(language));
  code_block(page,
             "webhook-id: 0190aaaa-0000-7000-8000-000000000001\n"
             "webhook-timestamp: 1772413200\n"
             "webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=");
  page::paragraph(page, msg::developers_hooks_check(language));
  code_block(page,
             "key=$(printf %s \"${SECRET#whsec_}\" | base64 -d | xxd -p -c 64)\n"
             "printf '%s.%s.%s' \"$ID\" \"$TIMESTAMP\" \"$BODY\" |\n"
             "  openssl dgst -sha256 -mac HMAC -macopt \"hexkey:$key\" -binary | base64");
  page::paragraph(page, msg::developers_hooks_again(language));
}

constexpr std::array chapters{
    Chapter{"key", msg::developers_key, key},
    Chapter{"authentication", msg::developers_auth, authentication},
    Chapter{"errors", msg::developers_errors, errors},
    Chapter{"again", msg::developers_again, again},
    Chapter{"webhooks", msg::developers_hooks, webhooks},
};

std::string tag_anchor(std::string_view tag) { return fmt::format("group-{}", tag); }

void entry(Writer& page, std::string_view anchor, std::string_view text) {
  page << "<li><a class=\"govuk-link\" href=\"" << Url::anchor(anchor) << "\">" << text << "</a>";
}

void contents(Writer& page, const Visit& visit, const Guide& guide) {
  const Language language = visit.language;
  page << "<nav class=\"mb-contents\" aria-label=\"" << msg::contents(language)
       << "\"><ul class=\"govuk-list\">";
  for (const Chapter& chapter : chapters) {
    entry(page, chapter.anchor, chapter.title(language));
    page << "</li>";
  }
  for (const std::string& tag : guide.tags) {
    entry(page, tag_anchor(tag), tag_title(language, tag));
    page << "<ul class=\"govuk-list mb-contents__inner\">";
    for (const Operation& one : guide.operations) {
      if (one.tag != tag) continue;
      page << "<li><a class=\"govuk-link\" href=\"" << Url::anchor(one.id) << "\"><code>"
           << one.method << " " << one.path << "</code></a></li>";
    }
    page << "</ul></li>";
  }
  entry(page, "schemas", msg::developers_schemas(language));
  page << "</li></ul></nav>";
}

void heading(Writer& page, std::string_view anchor, std::string_view text) {
  page << "<h2 class=\"govuk-heading-m\" id=\"" << anchor << "\">" << text << "</h2>";
}

void body(Writer& page, const Visit& visit, const Guide& guide) {
  const Language language = visit.language;
  page::heading(page, 1, msg::developers_title(language), Size::l);
  page::paragraph(page, msg::developers_intro(language));
  page << "<p class=\"govuk-body\">";
  page::link(page, msg::developers_open_data_title(language),
             visit.url({"developers", "open-data"}));
  page << "</p>";
  page << "<p class=\"govuk-body\">" << msg::developers_document(language) << " ";
  page::link(page, guide.base + "/openapi.json", *Url::same_site(guide.base + "/openapi.json"));
  page << "</p>";
  page::inset_text(page, [&](Writer& p) { p << msg::developers_keep_out(language); });
  contents(page, visit, guide);
  for (const Chapter& chapter : chapters) {
    heading(page, chapter.anchor, chapter.title(language));
    chapter.write(page, visit, guide);
  }
  for (const std::string& tag : guide.tags) {
    heading(page, tag_anchor(tag), tag_title(language, tag));
    for (const Operation& one : guide.operations)
      if (one.tag == tag) operation(page, visit, guide.document, one);
  }
  heading(page, "schemas", msg::developers_schemas(language));
  schemas(page, visit, guide.document);
}

net::Response show(const Visit& visit, const Guide& guide) {
  const Language language = visit.language;
  page::Frame frame{.title = std::string(msg::developers_title(language))};
  frame.trail = {{std::string(msg::home(language)), visit.url({})},
                 {frame.title, visit.url({"developers"})}};
  frame.wide = true;
  return page::html_page(visit, frame, [&](Writer& page) { body(page, visit, guide); });
}

}  // namespace

std::vector<net::Route> routes(page::Site& site, Json document) {
  page::PageRoutes pages(site);
  const GuidePtr guide = guide_of(std::move(document));
  pages.get("/developers", page::access::anyone,
            [guide](Visit& visit) { return show(visit, *guide); });
  return pages.take();
}

}  // namespace minben::developers

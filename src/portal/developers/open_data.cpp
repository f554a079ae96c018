// The page of the interfaces of open data: every call with its parameters and a command that works
// where it is read, and two to be tried without writing any.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "developers/developers.hpp"
#include "messages/common.hpp"
#include "messages/developers.hpp"
#include "openapi/openapi.hpp"
#include "reference.hpp"

namespace minben::developers {

namespace {

using page::Size;

constexpr std::string_view document_path = "/api/openapi.json";

struct Tag {
  std::string name, title;
};

/// A document, read for one page.
struct Book {
  Json document;
  std::vector<Operation> operations;
  std::vector<Tag> tags;
  std::string origin;
};

std::string in(Language language, const Json& described, std::string_view member) {
  const std::string chinese =
      language == Language::zh_hant ? string_or(described, "x-zh-Hant") : std::string();
  return chinese.empty() ? string_or(described, member) : chinese;
}

/// The same call by POST is said once for all of them.
bool said_otherwise(const Operation& one) { return one.id.ends_with("_by_post"); }

Book book_of(Json document, Language language) {
  Book book;
  book.document = std::move(document);
  book.operations = operations_of(book.document);
  std::erase_if(book.operations, said_otherwise);
  for (const Json& tag : find(book.document, "tags")->as_array())
    book.tags.push_back({string_or(tag, "name"), in(language, tag, "description")});
  book.origin = string_or(find(book.document, "servers")->as_array().front(), "url");
  return book;
}

openapi::Example example_of(const Operation& one) {
  return openapi::example_of(one.path, one.method, *one.json);
}

/// For a shell: nothing in single quotes means anything but itself.
std::string in_single_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else out += c;
  }
  return out + "'";
}

std::string command(const Book& book, const Operation& one) {
  const openapi::Example example = example_of(one);
  std::string out = "curl";
  if (example.method != "GET") out += " -X " + example.method;
  out += " " + in_single_quotes(book.origin + example.target);
  if (example.needs_key) out += " \\\n  -H \"Authorization: $KEY\"";
  if (!example.body.empty())
    out += fmt::format(" \\\n  -H 'Content-Type: {}' \\\n  -d {}", example.media,
                       in_single_quotes(example.body));
  return out;
}

std::string tag_anchor(std::string_view tag) { return fmt::format("group-{}", tag); }

void contents(Writer& page, const Visit& visit, const Book& book) {
  page << "<nav class=\"mb-contents\" aria-label=\"" << msg::contents(visit.language)
       << "\"><ul class=\"govuk-list\">";
  const auto entry = [&](std::string_view anchor, std::string_view text) {
    page << "<li><a class=\"govuk-link\" href=\"" << Url::anchor(anchor) << "\">" << text
         << "</a></li>";
  };
  entry("try", msg::developers_try(visit.language));
  entry("limits", msg::developers_limits(visit.language));
  entry("publish", msg::developers_publish(visit.language));
  for (const Tag& tag : book.tags) entry(tag_anchor(tag.name), tag.title);
  page << "</ul></nav>";
}

void heading(Writer& page, std::string_view anchor, std::string_view text) {
  page << "<h2 class=\"govuk-heading-m\" id=\"" << anchor << "\">" << text << "</h2>";
}

/// What an example of the document says of a parameter, so that the form can be sent as it stands.
std::string example_value(const Book& book, std::string_view operation, std::string_view name) {
  const auto found = std::ranges::find(book.operations, operation, &Operation::id);
  const Json* list = found == book.operations.end() ? nullptr : find(*found->json, "parameters");
  if (!list) return "";
  for (const Json& each : list->as_array())
    if (string_or(each, "name") == name) return string_or(each, "example");
  return "";
}

void try_form(Writer& page, const Visit& visit, std::string_view action, std::string_view title,
              const page::Content& fields) {
  page << "<h3 class=\"govuk-heading-s\"><code>" << action
       << "</code></h3><form method=\"get\" action=\""
       << *Url::same_site(fmt::format("/api/3/action/{}", action)) << "\" aria-label=\"" << title
       << "\">";
  fields(page);
  page::button(page,
               {.text = std::string(msg::developers_try_send(visit.language)), .once = false});
  page << "</form>";
}

void try_it(Writer& page, const Visit& visit, const Book& book) {
  const Language language = visit.language;
  heading(page, "try", msg::developers_try(language));
  page::paragraph(page, msg::developers_try_text(language));
  const auto input = [](Writer& p, std::string id, std::string_view name, std::string_view label,
                        std::string value) {
    p << "<div class=\"govuk-form-group\"><label class=\"govuk-label\" for=\"" << id << "\">"
      << label << "</label><input class=\"govuk-input\" id=\"" << id << "\" name=\"" << name
      << "\" value=\"" << value << "\" autocomplete=\"off\" spellcheck=\"false\"></div>";
  };
  try_form(page, visit, "package_search", msg::developers_try_search(language), [&](Writer& p) {
    input(p, "try-q", "q", msg::developers_try_words(language),
          example_value(book, "package_search", "q"));
    page::hidden(p, "rows", "5");
  });
  try_form(page, visit, "datastore_search", msg::developers_try_rows(language), [&](Writer& p) {
    input(p, "try-table", "resource_id", msg::developers_try_table(language),
          example_value(book, "datastore_search", "resource_id"));
    input(p, "try-row-q", "q", msg::developers_try_row_words(language), "");
    page::hidden(p, "limit", "5");
  });
}

void limits(Writer& page, Language language) {
  heading(page, "limits", msg::developers_limits(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\"><li>"
       << msg::developers_limits_rows(language) << "</li><li>"
       << msg::developers_limits_wait(language) << "</li><li>"
       << msg::developers_limits_errors(language) << "</li><li>"
       << msg::developers_limits_post(language) << "</li></ul>";
}

void publishing(Writer& page, Language language) {
  heading(page, "publish", msg::developers_publish(language));
  page::paragraph(page, msg::developers_publish_text(language));
  code_block(page,
             "minben client add \"Open data\" --agency nia --scope publish \\\n"
             "  --config platform/serve.toml");
}

/// What an answer of success holds.
void answer(Writer& page, Language language, const Operation& one) {
  const auto& success = *find(*one.json, "responses")->as_object().begin();
  page << "<p class=\"govuk-body\">" << msg::developers_response(language)
       << " <code class=\"mb-code\">" << std::string_view(success.key()) << "</code>";
  const Json* content = find(success.value(), "content");
  if (content) {
    const auto& [media, inside] = *content->as_object().begin();
    page << " <code class=\"mb-code\">" << std::string_view(media) << "</code>";
    const Json* schema = find(inside, "schema");
    const Json* properties = schema ? find(*schema, "properties") : nullptr;
    const Json* result = properties ? find(*properties, "result") : nullptr;
    if (result || (schema && find(*schema, "$ref"))) {
      page << " ";
      type(page, result ? *result : *schema);
    }
  }
  page << "</p>";
}

/// A line each, that opens: there are more than a hundred. The anchor is inside, so that a link to
/// it opens it.
void one_operation(Writer& page, const Visit& visit, const Book& book, const Operation& one) {
  const Language language = visit.language;
  folded(
      page, fmt::format("{} {}", one.method, one.path), one.id,
      [&](Writer& line) {
        const std::string summary = in(language, *one.json, "summary");
        if (language == Language::en || find(*one.json, "x-zh-Hant")) line << summary;
        else in_english(line, summary);
        if (!find(*one.json, "security")->as_array().empty())
          line << " <strong class=\"govuk-tag\">" << msg::developers_needs_key(language)
               << "</strong>";
      },
      [&](Writer& inside) {
        answer(inside, language, one);
        code_block(inside, command(book, one));
        parameters(inside, visit, one);
      });
}

/// Calls that are never answered: nobody needs a command for them.
void refused_calls(Writer& page, const Visit& visit, const Book& book, const Tag& tag) {
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const Operation& one : book.operations)
    if (one.tag == tag.name)
      page << "<li id=\"" << one.id << "\"><code class=\"mb-code\">" << one.method << " "
           << one.path << "</code> " << in(visit.language, *one.json, "summary") << "</li>";
  page << "</ul>";
}

void body(Writer& page, const Visit& visit, const Book& book) {
  const Language language = visit.language;
  page::heading(page, 1, msg::developers_open_data_title(language), Size::l);
  page::paragraph(page, msg::developers_open_data_intro(language));
  page << "<p class=\"govuk-body\">" << msg::developers_open_data_document(language) << " ";
  page::link(page, document_path, *Url::same_site(std::string(document_path)));
  page << " " << msg::developers_open_data_tables(language) << "</p>";
  contents(page, visit, book);
  try_it(page, visit, book);
  limits(page, language);
  publishing(page, language);
  for (const Tag& tag : book.tags) {
    heading(page, tag_anchor(tag.name), tag.title);
    if (tag.name == "ckan_refused") {
      refused_calls(page, visit, book, tag);
      continue;
    }
    for (const Operation& one : book.operations)
      if (one.tag == tag.name) one_operation(page, visit, book, one);
  }
  heading(page, "schemas", msg::developers_schemas(language));
  schemas(page, visit, book.document);
}

net::Response show(const Visit& visit, const std::function<Json()>& document) {
  const Language language = visit.language;
  const Book book = book_of(document(), language);
  page::Frame frame{.title = std::string(msg::developers_open_data_title(language))};
  frame.trail = {{std::string(msg::home(language)), visit.url({})},
                 {std::string(msg::developers_title(language)), visit.url({"developers"})},
                 {frame.title, visit.url({"developers", "open-data"})}};
  frame.wide = true;
  return page::html_page(visit, frame, [&](Writer& page) { body(page, visit, book); });
}

}  // namespace

std::vector<net::Route> open_data_routes(page::Site& site, std::function<Json()> document) {
  page::PageRoutes pages(site);
  pages.get("/developers/open-data", page::access::anyone,
            [document](Visit& visit) { return show(visit, document); });
  std::vector<net::Route> routes = pages.take();
  routes.push_back({net::Method::get, std::string(document_path), page::access::machine, 0,
                    [document = std::move(document)](net::Request&) {
                      net::Response response = net::Response::json(document());
                      response.headers.set("Access-Control-Allow-Origin", "*");
                      return response;
                    }});
  return routes;
}

}  // namespace minben::developers

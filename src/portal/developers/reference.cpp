// Endpoints and schemas, each with an anchor.
#include "reference.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "messages/developers.hpp"

namespace minben::developers {

namespace {

std::string schema_anchor(std::string_view name) { return fmt::format("schema-{}", name); }

void code(Writer& page, std::string_view text) {
  page << "<code class=\"mb-code\">" << text << "</code>";
}

void schema_link(Writer& page, std::string_view name) {
  page << "<a class=\"govuk-link\" href=\"" << Url::anchor(schema_anchor(name)) << "\">";
  code(page, name);
  page << "</a>";
}

void alternatives(Writer& page, const JsonArray& list, bool literal) {
  bool first = true;
  for (const Json& each : list) {
    if (!first) page << " | ";
    first = false;
    if (each.is_string())
      code(page, literal ? fmt::format("\"{}\"", std::string_view(each.as_string()))
                         : std::string(each.as_string()));
    else type(page, each);
  }
}

}  // namespace

void type(Writer& page, const Json& schema) {
  const std::string reference = string_or(schema, "$ref");
  if (reference.starts_with(references))
    return schema_link(page, std::string_view(reference).substr(references.size()));
  if (const Json* values = find(schema, "enum"))
    return alternatives(page, values->as_array(), true);
  if (const Json* value = find(schema, "const")) return code(page, write_json(*value));
  for (const char* several : {"oneOf", "anyOf"})
    if (const Json* list = find(schema, several))
      return alternatives(page, list->as_array(), false);
  const Json* kind = find(schema, "type");
  if (kind && kind->is_array()) return alternatives(page, kind->as_array(), false);
  const std::string name = string_or(schema, "type", "any");
  const Json* items = find(schema, "items");
  if (name == "array" && items) {
    type(page, *items);
    page << "[]";
    return;
  }
  if (const Json* properties = find(schema, "properties")) {
    std::string names;
    for (const auto& [member, property] : properties->as_object())
      names += fmt::format("{}{}", names.empty() ? "" : ", ", std::string_view(member));
    return code(page, fmt::format("{{{}}}", names));
  }
  const std::string format = string_or(schema, "format");
  code(page, format.empty() ? name : fmt::format("{} ({})", name, format));
}

namespace {

/// In Chinese where it is said so, too.
void described(Writer& page, Language language, const Json& schema) {
  const std::string chinese =
      language == Language::zh_hant ? string_or(schema, "x-zh-Hant") : std::string();
  const std::string text = string_or(schema, "description");
  if (!chinese.empty()) page << chinese;
  else if (text.empty()) page << "–";
  else in_english(page, text);
}

std::vector<page::Column> columns_of(Language language, std::string_view first) {
  return {{.title = std::string(first), .self_evident = true},
          {std::string(msg::developers_type(language))},
          {std::string(msg::developers_required(language))},
          {std::string(msg::developers_description(language))}};
}

std::string_view yes_or_no(Language language, bool value) {
  return value ? msg::developers_yes(language) : msg::developers_no(language);
}

}  // namespace

void parameters(Writer& page, const Visit& visit, const Operation& described_one) {
  const Json* list = find(*described_one.json, "parameters");
  if (!list) return;
  const Language language = visit.language;
  const auto columns = columns_of(language, msg::developers_parameter(language));
  page::table(page, msg::developers_parameters(language, described_one.id), columns,
              [&](Writer& rows) {
                for (const Json& one : list->as_array())
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      code(c, string_or(one, "name"));
                      if (string_or(one, "in") == "path")
                        c << " (" << msg::developers_in_path(language) << ")";
                    });
                    cells.add([&](Writer& c) { type(c, *find(one, "schema")); });
                    cells.add(yes_or_no(language, *find(one, "required") == Json(true)));
                    cells.add([&](Writer& c) { described(c, language, one); });
                  });
              },
              {.stacks = true});
}

namespace {

/// The schema of a body or an answer; nothing when it has none.
const Json* schema_in(const Json* holder, std::string_view& media) {
  const Json* content = holder ? find(*holder, "content") : nullptr;
  if (!content || content->as_object().empty()) return nullptr;
  const auto first = content->as_object().begin();
  media = first->key();
  return find(first->value(), "schema");
}

void content(Writer& page, std::string_view title, const Json* holder) {
  std::string_view media;
  const Json* schema = schema_in(holder, media);
  if (!schema) return;
  page << "<p class=\"govuk-body\">" << title << " ";
  if (media == "application/xml") code(page, media);
  else type(page, *schema);
  page << "</p>";
}

void refusals(Writer& page, const Visit& visit, const Json& responses) {
  const Language language = visit.language;
  page::details(page, msg::developers_errors_of(language), [&](Writer& p) {
    p << "<ul class=\"govuk-list govuk-list--bullet\">";
    for (const auto& [status, response] : responses.as_object()) {
      const Json* problems = find(response, "x-problems");
      if (!problems) continue;
      for (const Json& problem : problems->as_array()) {
        const std::string name = string_or(problem, "code");
        p << "<li>";
        code(p, name.empty() ? std::string(status)
                             : fmt::format("{} {}", std::string_view(status), name));
        p << " ";
        in_english(p, string_or(problem, "when"));
        p << "</li>";
      }
    }
    p << "</ul>";
  });
}

void members(Writer& page, const Visit& visit, std::string_view name, const Json& schema) {
  const Json* properties = find(schema, "properties");
  if (!properties) return;
  const Language language = visit.language;
  const auto columns = columns_of(language, msg::developers_member(language));
  page::table(page, msg::developers_members(language, name), columns,
              [&](Writer& rows) {
                for (const auto& [member, property] : properties->as_object())
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) { code(c, member); });
                    cells.add([&](Writer& c) { type(c, property); });
                    cells.add(yes_or_no(language, requires_member(schema, member).value_or(false)));
                    cells.add([&](Writer& c) { described(c, language, property); });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

}  // namespace

std::optional<bool> requires_member(const Json& schema, std::string_view name) {
  const Json* required = find(schema, "required");
  if (!required) return std::nullopt;
  return std::ranges::any_of(required->as_array(),
                             [&](const Json& each) { return each == Json(name); });
}

std::vector<Operation> operations_of(const Json& document) {
  std::vector<Operation> all;
  for (const auto& [path, methods] : find(document, "paths")->as_object())
    for (const auto& [method, json] : methods.as_object()) {
      Operation one;
      one.id = string_or(json, "operationId");
      one.path = path;
      one.method = method;
      for (char& c : one.method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      one.summary = string_or(json, "summary");
      one.tag = std::string(find(json, "tags")->as_array().front().as_string());
      for (const Json& needed : find(json, "security")->as_array())
        for (const auto& [scheme, scopes] : needed.as_object())
          for (const Json& scope : scopes.as_array()) one.scope = std::string(scope.as_string());
      one.json = &json;
      all.push_back(std::move(one));
    }
  return all;
}

std::vector<std::string> tags_of(const Json& document) {
  std::vector<std::string> all;
  for (const Json& tag : find(document, "tags")->as_array()) all.push_back(string_or(tag, "name"));
  return all;
}

std::string tag_title(Language language, const std::string& tag) {
  std::string key = "developers_tag_" + tag;
  std::ranges::replace(key, '-', '_');
  const auto found = msg::find_in_developers(language, key);
  return found ? std::string(*found) : tag;
}

void in_english(Writer& page, std::string_view text) {
  page << "<span lang=\"en\">" << text << "</span>";
}

void code_block(Writer& page, std::string_view text) {
  page << "<pre class=\"mb-code-block\"><code>" << text << "</code></pre>";
}

void operation(Writer& page, const Visit& visit, const Json& document, const Operation& one) {
  const Language language = visit.language;
  page << "<section class=\"mb-endpoint\" id=\"" << one.id << "\" aria-labelledby=\"" << one.id
       << "-title\"><h3 class=\"govuk-heading-s\" id=\"" << one.id << "-title\"><code>"
       << one.method << " " << one.path << "</code></h3><p class=\"govuk-body\">";
  in_english(page, one.summary + ".");
  page << "</p><p class=\"govuk-body\">" << msg::developers_scope(language) << " ";
  code(page, one.scope);
  page << "</p>";
  parameters(page, visit, one);
  content(page, msg::developers_request(language), find(*one.json, "requestBody"));
  const Json& responses = *find(*one.json, "responses");
  const auto& success = *responses.as_object().begin();
  page << "<p class=\"govuk-body\">" << msg::developers_response(language) << " ";
  code(page, success.key());
  page << "</p>";
  content(page, msg::developers_response_schema(language), &success.value());
  code_block(page, curl_of(document, one));
  refusals(page, visit, responses);
  page << "</section>";
}

namespace {

void schema_body(Writer& page, const Visit& visit, std::string_view name, const Json& schema) {
  const auto line = [&](std::string_view before, const Json& shown) {
    page << "<p class=\"govuk-body\">" << before << " ";
    type(page, shown);
    page << "</p>";
  };
  if (const Json* parts = find(schema, "allOf")) {
    for (const Json& part : parts->as_array())
      if (find(part, "$ref")) line(msg::developers_everything_of(visit.language), part);
      else members(page, visit, name, part);
  } else if (find(schema, "properties")) {
    members(page, visit, name, schema);
  } else {
    line("", schema);
  }
}

}  // namespace

void folded(Writer& page, std::string_view code, std::string_view anchor, page::Content line,
            page::Content inside) {
  page << "<details class=\"mb-endpoint mb-endpoint--folded\"><summary><h3 "
          "class=\"govuk-heading-s\"><code>"
       << code << "</code></h3> <span>";
  line(page);
  page << "</span></summary><div id=\"" << anchor << "\">";
  inside(page);
  page << "</div></details>";
}

void schemas(Writer& page, const Visit& visit, const Json& document) {
  const Json* components = find(document, "components");
  for (const auto& [name, schema] : find(*components, "schemas")->as_object()) {
    folded(
        page, name, schema_anchor(name), [](Writer&) {},
        [&](Writer& inside) { schema_body(inside, visit, name, schema); });
  }
}

}  // namespace minben::developers

#pragma once
// Private: endpoints and schemas of an OpenAPI document, written into a page.
#include <optional>

#include "page/page.hpp"

namespace minben::developers {

using page::Url;
using page::Visit;
using page::Writer;

/// How a schema refers to another one.
inline constexpr std::string_view references = "#/components/schemas/";
/// nothing: the schema names no required members.
std::optional<bool> requires_member(const Json& schema, std::string_view name);

/// One path and method.
struct Operation {
  std::string id, tag, method, path, summary, scope;
  const Json* json = nullptr;  ///< in the document
};
std::vector<Operation> operations_of(const Json& document);
/// In the order of the document.
std::vector<std::string> tags_of(const Json& document);
std::string tag_title(Language language, const std::string& tag);

/// Text that stays in English on every page.
void in_english(Writer& page, std::string_view text);
/// Characters to be typed or read as they are; long lines wrap.
void code_block(Writer& page, std::string_view text);

/// The type in the notation of TypeScript: Task[], string | null, "read" | "work".
void type(Writer& page, const Json& schema);
/// A table of them; nothing when there are none.
void parameters(Writer& page, const Visit& visit, const Operation& described);

/// A line that opens what is inside; a link to `anchor` opens it too.
void folded(Writer& page, std::string_view code, std::string_view anchor, page::Content line,
            page::Content inside);
void operation(Writer& page, const Visit& visit, const Json& document, const Operation& described);
void schemas(Writer& page, const Visit& visit, const Json& document);

/// What a value of this schema could be; only required members, all of them when none is.
Json example_of(const Json& document, const Json& schema);
/// A command that calls it, with $api and $auth as the page sets them.
std::string curl_of(const Json& document, const Operation& described);

}  // namespace minben::developers

#pragma once
// One OpenAPI 3.1 document of the machine addresses of several rooms. A room describes its own in
// JSON files beside its routes (minben_operations in its CMakeLists); the composition root joins
// them. docs/open-data-interfaces.md says how to add one. Everything here is pure and thread-safe.
//
// A file has
//   "tags"       [{"name", "en", "zh_hant"}]
//   "families"   how calls of a kind answer: {"ckan": {
//     "answer":    a schema in which "$result" stands for that of the call; without it, it is the
//                  call's alone
//     "errors":    [{"status", "media", "schema", "en"}]
//     "also_post": true when each call by GET may also come as JSON in a POST}}
//   "parameters" {"limit": {"type" or "schema", "en", "zh_hant", "example"}}
//   "schemas"    {"Package": …}, by names that are the only ones in all files
//   "operations" [{"id", "path", "tag", "family", "en", "zh_hant"
//     "method":     "get" when it is not given
//     "parameters": ["id!", "limit"]; with "!" required; those in the path are named there, too
//     "body":       {"media", "schema", "example"}
//     "result":     "Package", "[Package]" (a list) or a schema; nothing: the answer has no JSON
//     "media":      of the answer; "application/json" when it is not given
//     "status":     200 when it is not given
//     "example":    {"limit": 3} instead of the examples of the parameters; a parameter that is
//                   null is left out of the example
//     "key":        true when a key is needed}]
// In texts and examples "${name}" stands for something that is there now (Samples).
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::openapi {

/// What examples name: "table" → the id of one that has rows, so that they work where they are
/// read.
using Samples = std::map<std::string, std::string, std::less<>>;

struct Described {
  std::string origin;  ///< of this site: the server that is named
  Bilingual title;
  Bilingual text;
};

/// Extensions: "x-zh-Hant" beside each summary and description in English.
Json document(std::span<const std::string_view> files, const Described& about,
              const Samples& samples);

/// The same texts with the samples in their places; what has no sample stays as it is.
std::string with_samples(std::string_view text, const Samples& samples);

/// An operation as somebody would try it: made from the examples of a document.
struct Example {
  std::string id;
  std::string method;  ///< "GET"
  std::string target;  ///< path and query, encoded
  std::string media;   ///< of the body; "" = there is none
  std::string body;
  bool needs_key = false;
};
/// Of one operation in a document: what stands below its path and method.
Example example_of(std::string_view path, std::string_view method, const Json& operation);

}  // namespace minben::openapi

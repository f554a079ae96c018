#include "json_ld_context.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minben::interchange::json_ld {

namespace {

constexpr std::size_t max_terms = 2'000'000;  // in all contexts of a document together

std::unexpected<Error> fault(std::string_view pointer, std::string detail) {
  return fail(Kind::invalid, "not_json_ld", detail, pointer);
}

// What https://schema.org/ would answer, as far as the words of datasets go.
const Json& schema_org() {
  static const Json context = parse_json(R"({
    "@vocab": "http://schema.org/", "id": "@id", "type": "@type",
    "schema": "http://schema.org/",
    "url": {"@type": "@id"}, "license": {"@type": "@id"}, "contentUrl": {"@type": "@id"},
    "sameAs": {"@type": "@id"}, "isBasedOn": {"@type": "@id"}, "mainEntityOfPage": {"@type": "@id"},
    "datePublished": {"@type": "http://schema.org/Date"},
    "dateModified": {"@type": "http://schema.org/Date"},
    "dateCreated": {"@type": "http://schema.org/Date"}})")
                                  .value();
  return context;
}

bool ends_like_a_prefix(std::string_view iri) {
  return !iri.empty() && std::string_view(":/?#[]@").find(iri.back()) != std::string_view::npos;
}

}  // namespace

bool is_keyword(std::string_view text) {
  return text.size() > 1 && text.front() == '@' && std::ranges::all_of(text.substr(1), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

std::string expand(const Context& context, std::string_view value, bool vocab,
                   bool document_relative) {
  if (value.empty()) return document_relative ? context.base : "";
  if (is_keyword(value)) return std::string(value);
  if (vocab)
    if (const auto it = context.terms.find(value); it != context.terms.end()) return it->second.iri;
  if (const auto colon = value.find(':', 1); colon != std::string_view::npos) {
    const std::string_view prefix = value.substr(0, colon), suffix = value.substr(colon + 1);
    if (prefix == "_" || suffix.starts_with("//")) return std::string(value);
    const auto it = context.terms.find(prefix);
    if (it != context.terms.end() && it->second.prefix && !it->second.iri.empty())
      return it->second.iri + std::string(suffix);
    if (is_absolute_iri(value)) return std::string(value);
  }
  if (vocab && !context.vocab.empty()) return context.vocab + std::string(value);
  return document_relative ? resolve_iri(context.base, value) : "";
}

Contexts::Contexts(std::string_view base, const std::map<std::string, Json>& known,
                   std::size_t max_depth)
    : known_(known), max_depth_(max_depth) {
  auto context = std::make_shared<Context>();
  context->base = base;
  initial_ = std::move(context);
}

Result<ContextPtr> Contexts::extend(const ContextPtr& active, const Json& local,
                                    std::string_view pointer, bool propagates, std::size_t depth) {
  if (depth > max_depth_)
    return fail(Kind::invalid, "too_deep", "contexts within contexts", pointer);
  if (const auto* list = local.if_array()) {
    ContextPtr result = active;
    for (const Json& each : *list) {
      MINBEN_TRY(next, extend(result, each, pointer, propagates, depth + 1));
      result = next;
    }
    return result;
  }
  if (local.is_null()) return initial_;
  if (const auto* name = local.if_string()) {
    const std::string address = resolve_iri(active->base, std::string_view(*name));
    if (const auto it = known_.find(address); it != known_.end()) {
      const Json* inner = find(it->second, "@context");
      return extend(active, inner ? *inner : it->second, pointer, propagates, depth + 1);
    }
    std::string_view bare = address;
    for (const std::string_view start : {"https://", "http://"})
      if (bare.starts_with(start)) bare.remove_prefix(start.size());
    if (bare == "schema.org" || bare == "schema.org/" || bare == "www.schema.org/" ||
        bare == "schema.org/docs/jsonldcontext.json")
      return extend(active, schema_org(), pointer, propagates, depth + 1);
    return fail(Kind::invalid, "remote_context",
                fmt::format("contexts are not fetched: {}", address), pointer);
  }
  const auto* object = local.if_object();
  if (object == nullptr) return fault(pointer, "a context is an object, an address or a list");
  const auto key = std::tuple(active.get(), object, propagates);
  if (const auto it = made_.find(key); it != made_.end()) return it->second.result;
  MINBEN_TRY(result, made(active, *object, pointer, propagates));
  made_.emplace(key, Made{active, result});
  return result;
}

Result<ContextPtr> Contexts::made(const ContextPtr& active, const JsonObject& local,
                                  std::string_view pointer, bool propagates) {
  terms_ += active->terms.size() + local.size() + 1;
  if (terms_ > max_terms)
    return fail(Kind::too_large, "rdf_too_large", "too many terms in contexts", pointer);
  auto context = std::make_shared<Context>(*active);
  if (const Json* propagate = local.if_contains("@propagate"); propagate && propagate->is_bool())
    propagates = propagate->get_bool();
  context->previous = propagates ? active->previous : active->previous ? active->previous : active;
  MINBEN_CHECK(read(*context, local, pointer));
  return ContextPtr(std::move(context));
}

Result<void> Contexts::read(Context& context, const JsonObject& local, std::string_view pointer) {
  if (local.contains("@import"))
    return fail(Kind::invalid, "remote_context", "@import is not read", pointer);
  const auto setting = [&](std::string_view name) -> Result<std::optional<std::string>> {
    const Json* value = local.if_contains(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_null()) return "";
    if (!value->is_string()) return fault(pointer, fmt::format("{} is no text", name));
    return std::string(value->get_string());
  };
  MINBEN_TRY(base, setting("@base"));
  if (base) context.base = base->empty() ? *base : resolve_iri(context.base, *base);
  MINBEN_TRY(vocab, setting("@vocab"));
  if (vocab) context.vocab = vocab->empty() ? *vocab : expand(context, *vocab, true, true);
  MINBEN_TRY(language, setting("@language"));
  if (language) context.language = *language;
  std::map<std::string, bool, std::less<>> defined;
  for (const auto& member : local)
    MINBEN_CHECK(define(context, local, member.key(), defined, pointer));
  return {};
}

// A word that this very context defines is defined first.
Result<std::string> Contexts::expand_in(Context& context, const JsonObject& local,
                                        std::string_view value,
                                        std::map<std::string, bool, std::less<>>& defined,
                                        std::string_view pointer) {
  if (local.contains(value) && !is_keyword(value))
    MINBEN_CHECK(define(context, local, value, defined, pointer));
  const std::string_view prefix = value.substr(0, value.find(':'));
  if (prefix.size() < value.size() && local.contains(prefix))
    MINBEN_CHECK(define(context, local, prefix, defined, pointer));
  return expand(context, value, true, false);
}

Result<void> Contexts::define(Context& context, const JsonObject& local, std::string_view term,
                              std::map<std::string, bool, std::less<>>& defined,
                              std::string_view pointer) {
  if (is_keyword(term) || term.empty()) return {};
  if (const auto it = defined.find(term); it != defined.end()) {
    if (it->second) return {};
    return fault(pointer, fmt::format("the context defines {} by itself", term));
  }
  defined[std::string(term)] = false;
  context.terms.erase(std::string(term));
  Definition made;
  const Json& value = local.at(term);
  const JsonObject* object = value.if_object();
  const auto text = [&](std::string_view name) {
    const Json* member = object ? object->if_contains(name) : nullptr;
    return member && member->is_string() ? std::optional(std::string(member->get_string()))
                                         : std::nullopt;
  };
  std::optional<std::string> id = text("@id");
  if (value.is_string()) id = std::string(value.get_string());
  if (const auto reverse = text("@reverse")) {
    id = reverse;
    made.reverse = true;
  }
  const bool nothing = value.is_null() || (object && object->contains("@id") && !id);
  if (id && *id != term) {
    MINBEN_TRY(iri, expand_in(context, local, *id, defined, pointer));
    made.iri = iri;
  } else if (!nothing) {
    MINBEN_TRY(iri, term.find(':', 1) != std::string_view::npos
                        ? expand_in(context, local, term, defined, pointer)
                        : Result<std::string>(
                              context.vocab.empty() ? "" : context.vocab + std::string(term)));
    made.iri = iri;
  }
  made.prefix = value.is_string() ? ends_like_a_prefix(made.iri) || made.iri.starts_with("_:")
                                  : object && object->if_contains("@prefix") != nullptr;
  if (const auto type = text("@type")) {
    MINBEN_TRY(iri, expand_in(context, local, *type, defined, pointer));
    made.type = iri;
  }
  if (object) {
    if (const Json* language = object->if_contains("@language"))
      made.language = language->is_string() ? std::string(language->get_string()) : "";
    made.context = object->if_contains("@context");
    const auto container = [&](const Json& each) {
      if (!each.is_string()) return;
      const std::string_view name = each.get_string();
      made.list |= name == "@list";
      made.set |= name == "@set";
      made.by_language |= name == "@language";
      made.by_index |= name == "@index";
      made.by_id |= name == "@id";
    };
    if (const Json* containers = object->if_contains("@container")) {
      if (const auto* list = containers->if_array())
        for (const Json& each : *list) container(each);
      else container(*containers);
    }
  }
  context.terms[std::string(term)] = std::move(made);
  defined[std::string(term)] = true;
  return {};
}

}  // namespace minben::interchange::json_ld

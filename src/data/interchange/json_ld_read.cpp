// JSON-LD 1.1 to RDF in one pass: what expansion would make of a value is added to the graph at
// once.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "json_ld_context.hpp"
#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

using json_ld::Context;
using json_ld::ContextPtr;
using json_ld::Definition;
using json_ld::expand;
using json_ld::is_keyword;

const Definition no_definition;

std::string pointer_to(std::string_view pointer, std::string_view member) {
  std::string out(pointer);
  out += '/';
  for (const char c : member) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

// https://www.w3.org/TR/json-ld11-api/#data-round-tripping
std::string canonical_double(double value) {
  std::string text = fmt::format("{:.15E}", value);
  const auto exponent = text.find('E');
  std::string digits = text.substr(0, exponent);
  while (digits.ends_with('0') && !digits.ends_with(".0")) digits.pop_back();
  return fmt::format("{}E{}", digits, std::stoi(text.substr(exponent + 1)));
}

class JsonLdReader {
 public:
  JsonLdReader(std::string_view base, RdfLimits limits, const std::map<std::string, Json>& known)
      : limits_(limits), contexts_(base, known, limits.max_depth) {}

  Result<Graph> read(const Json& document) {
    MINBEN_CHECK(nodes(contexts_.initial(), document, "", 0));
    return std::move(graph_);
  }

 private:
  static std::unexpected<Error> fault(std::string_view pointer, std::string detail) {
    return fail(Kind::invalid, "not_json_ld", detail, pointer);
  }

  Result<void> add(TermId subject, TermId predicate, TermId object) {
    return add_within(graph_, limits_, subject, predicate, object);
  }

  /// IRI or blank node; nothing when it stays relative.
  std::optional<TermId> resource(const std::string& iri) {
    if (iri.starts_with("_:")) return graph_.blank("l" + iri.substr(2));
    if (!is_absolute_iri(iri)) return std::nullopt;
    return graph_.iri(iri);
  }

  Result<void> nodes(const ContextPtr& context, const Json& value, std::string pointer,
                     std::size_t depth) {
    if (depth > limits_.max_depth) return too_deep(pointer);
    if (const auto* list = value.if_array()) {
      for (std::size_t i = 0; i < list->size(); ++i)
        MINBEN_CHECK(nodes(context, (*list)[i], fmt::format("{}/{}", pointer, i), depth + 1));
      return {};
    }
    if (!value.is_object())
      return value.is_null() ? Result<void>() : fault(pointer, "expected a node");
    MINBEN_CHECK(node(context, nullptr, value.get_object(), pointer, depth));
    return {};
  }

  static std::unexpected<Error> too_deep(std::string_view pointer) {
    return fail(Kind::invalid, "too_deep", "nodes within nodes", pointer);
  }

  /// Does the object say @value (or another keyword) under any of its names?
  static const Json* keyword(const Context& context, const JsonObject& object,
                             std::string_view name) {
    for (const auto& member : object)
      if (expand(context, member.key(), true, false) == name) return &member.value();
    return nullptr;
  }

  /// §5.1.2 steps 7 to 9: back from a type's context, then the term's own, then the node's.
  Result<ContextPtr> context_of(ContextPtr context, const Json* scoped, const JsonObject& object,
                                std::string_view pointer, std::size_t depth) {
    if (context->previous && !keyword(*context, object, "@value") &&
        !(object.size() == 1 && keyword(*context, object, "@id")))
      context = context->previous;
    if (scoped) {
      MINBEN_TRY(extended, contexts_.extend(context, *scoped, pointer, true, depth));
      context = extended;
    }
    if (const Json* local = object.if_contains("@context")) {
      MINBEN_TRY(extended,
                 contexts_.extend(context, *local, pointer_to(pointer, "@context"), true, depth));
      context = extended;
    }
    return context;
  }

  static std::vector<std::string> types_of(const Context& context, const JsonObject& object) {
    std::vector<std::string> out;
    for (const auto& member : object) {
      if (expand(context, member.key(), true, false) != "@type") continue;
      if (member.value().is_string()) out.emplace_back(member.value().get_string());
      if (const auto* list = member.value().if_array())
        for (const Json& each : *list)
          if (each.is_string()) out.emplace_back(each.get_string());
    }
    return out;
  }

  Result<TermId> node(ContextPtr context, const Json* scope, const JsonObject& object,
                      const std::string& pointer, std::size_t depth) {
    MINBEN_TRY(outer, context_of(std::move(context), scope, object, pointer, depth));
    ContextPtr inner = outer;
    const auto types = types_of(*outer, object);
    auto sorted = types;
    std::ranges::sort(sorted);
    for (const std::string& type : sorted)
      if (const auto it = outer->terms.find(type); it != outer->terms.end() && it->second.context) {
        MINBEN_TRY(scoped, contexts_.extend(inner, *it->second.context, pointer, false, depth));
        inner = scoped;
      }
    std::optional<TermId> subject;
    if (const Json* id = keyword(*inner, object, "@id")) {
      if (!id->is_string()) return fault(pointer_to(pointer, "@id"), "an @id is a text");
      const auto named = resource(expand(*inner, std::string_view(id->get_string()), false, true));
      if (!named)
        return fail(Kind::invalid, "relative_iri", "an @id without a base",
                    pointer_to(pointer, "@id"));
      subject = *named;
    }
    if (!subject) subject = graph_.new_blank();
    for (const std::string& type : types)
      if (const auto iri = resource(expand(*outer, type, true, true)))
        MINBEN_CHECK(add(*subject, graph_.iri(ns::rdf_type), *iri));
    MINBEN_CHECK(members(inner, object, *subject, pointer, depth));
    return *subject;
  }

  Result<void> members(const ContextPtr& context, const JsonObject& object, TermId subject,
                       const std::string& pointer, std::size_t depth) {
    for (const auto& member : object) {
      const std::string at = pointer_to(pointer, member.key());
      const std::string name = expand(*context, member.key(), true, false);
      if (name == "@graph" || name == "@included") {
        MINBEN_CHECK(nodes(context, member.value(), at, depth + 1));
      } else if (name == "@reverse") {
        MINBEN_CHECK(reversed(context, member.value(), subject, at, depth));
      } else if (name == "@nest") {
        if (!member.value().is_object()) return fault(at, "what is nested is an object");
        if (depth > limits_.max_depth) return too_deep(at);
        MINBEN_CHECK(members(context, member.value().get_object(), subject, at, depth + 1));
      } else if (!name.empty() && !is_keyword(name)) {
        const auto it = context->terms.find(member.key());
        const Definition& definition = it == context->terms.end() ? no_definition : it->second;
        MINBEN_CHECK(property(context, definition, name, member.value(), subject, at, depth));
      }
    }
    return {};
  }

  Result<void> reversed(const ContextPtr& context, const Json& value, TermId subject,
                        const std::string& pointer, std::size_t depth) {
    if (!value.is_object()) return fault(pointer, "@reverse is an object");
    Definition definition;
    definition.reverse = true;
    for (const auto& member : value.get_object()) {
      const std::string name = expand(*context, member.key(), true, false);
      if (!name.empty() && !is_keyword(name))
        MINBEN_CHECK(property(context, definition, name, member.value(), subject,
                              pointer_to(pointer, member.key()), depth));
    }
    return {};
  }

  Result<void> property(const ContextPtr& context, const Definition& definition,
                        const std::string& name, const Json& value, TermId subject,
                        const std::string& pointer, std::size_t depth) {
    if (!is_absolute_iri(name)) return {};  // blank nodes are no predicates in RDF 1.1
    const TermId predicate = graph_.iri(name);
    std::vector<TermId> objects;
    if (definition.type == "@json")
      return add(subject, predicate, graph_.literal(write_json(value), {}, ns::rdf_json));
    const bool is_list_already =
        value.is_object() && keyword(*context, value.get_object(), "@list") != nullptr;
    if (definition.list && !is_list_already) {
      MINBEN_CHECK(values(context, definition, value, objects, pointer, depth));
      MINBEN_TRY(head, list(objects));
      objects = {head};
    } else {
      MINBEN_CHECK(values(context, definition, value, objects, pointer, depth));
    }
    for (const TermId object : objects) {
      if (!definition.reverse) MINBEN_CHECK(add(subject, predicate, object));
      else if (graph_.term(object).kind != Term::Kind::literal)
        MINBEN_CHECK(add(object, predicate, subject));
    }
    return {};
  }

  Result<TermId> list(const std::vector<TermId>& items) {
    return add_list_within(graph_, limits_, items);
  }

  Result<void> values(const ContextPtr& context, const Definition& definition, const Json& value,
                      std::vector<TermId>& out, const std::string& pointer, std::size_t depth) {
    if (depth > limits_.max_depth) return too_deep(pointer);
    if (value.is_null()) return {};
    if (const auto* list = value.if_array()) {
      for (std::size_t i = 0; i < list->size(); ++i)
        MINBEN_CHECK(values(context, definition, (*list)[i], out, fmt::format("{}/{}", pointer, i),
                            depth + 1));
      return {};
    }
    if (const auto* object = value.if_object()) {
      if (definition.by_language) return by_language(*context, *object, out, pointer);
      if (definition.by_index || definition.by_id)
        return by_key(context, definition, *object, out, pointer, depth);
      return in_object(context, definition, *object, out, pointer, depth);
    }
    ContextPtr own = context;
    if (definition.context) {
      MINBEN_TRY(scoped, contexts_.extend(context, *definition.context, pointer, true, depth));
      own = scoped;
    }
    if (const auto term = scalar(*own, definition, value)) out.push_back(*term);
    return {};
  }

  Result<void> by_language(const Context& context, const JsonObject& object,
                           std::vector<TermId>& out, const std::string& pointer) {
    for (const auto& member : object) {
      const std::string language =
          expand(context, member.key(), true, false) == "@none" ? "" : std::string(member.key());
      const auto text = [&](const Json& each) -> Result<void> {
        if (each.is_null()) return {};
        if (!each.is_string()) return fault(pointer_to(pointer, member.key()), "expected a text");
        out.push_back(graph_.literal(std::string_view(each.get_string()), language));
        return {};
      };
      if (const auto* list = member.value().if_array())
        for (const Json& each : *list) MINBEN_CHECK(text(each));
      else MINBEN_CHECK(text(member.value()));
    }
    return {};
  }

  Result<void> by_key(const ContextPtr& context, const Definition& definition,
                      const JsonObject& object, std::vector<TermId>& out,
                      const std::string& pointer, std::size_t depth) {
    Definition plain = definition;
    plain.by_index = plain.by_id = false;
    for (const auto& member : object) {
      const std::string at = pointer_to(pointer, member.key());
      const auto* inside = member.value().if_object();
      if (!definition.by_id || inside == nullptr) {
        MINBEN_CHECK(values(context, plain, member.value(), out, at, depth + 1));
        continue;
      }
      if (depth > limits_.max_depth) return too_deep(at);
      JsonObject named = *inside;
      if (expand(*context, member.key(), true, false) != "@none")
        named.emplace("@id", member.key());
      kept_.push_back(std::make_unique<Json>(std::move(named)));  // contexts point into it
      MINBEN_TRY(id, node(context, definition.context, kept_.back()->get_object(), at, depth + 1));
      out.push_back(id);
    }
    return {};
  }

  Result<void> in_object(const ContextPtr& context, const Definition& definition,
                         const JsonObject& object, std::vector<TermId>& out,
                         const std::string& pointer, std::size_t depth) {
    MINBEN_TRY(inner, context_of(context, definition.context, object, pointer, depth));
    if (keyword(*inner, object, "@value")) {
      if (const auto term = value_object(*inner, object)) out.push_back(*term);
      return {};
    }
    if (const Json* items = keyword(*inner, object, "@list")) {
      std::vector<TermId> members;
      MINBEN_CHECK(
          values(inner, definition, *items, members, pointer_to(pointer, "@list"), depth + 1));
      MINBEN_TRY(head, list(members));
      out.push_back(head);
      return {};
    }
    if (const Json* items = keyword(*inner, object, "@set"))
      return values(inner, definition, *items, out, pointer_to(pointer, "@set"), depth + 1);
    MINBEN_TRY(id, node(context, definition.context, object, pointer, depth + 1));
    out.push_back(id);
    return {};
  }

  std::optional<TermId> value_object(const Context& context, const JsonObject& object) {
    const Json& value = *keyword(context, object, "@value");
    const Json* type = keyword(context, object, "@type");
    const Json* language = keyword(context, object, "@language");
    Definition as;
    if (type && type->is_string()) {
      const std::string iri = expand(context, std::string_view(type->get_string()), true, true);
      if (iri == "@json") return graph_.literal(write_json(value), {}, ns::rdf_json);
      if (is_absolute_iri(iri)) as.type = iri;
    }
    as.language = language && language->is_string() ? std::string(language->get_string()) : "";
    if (value.is_structured() || value.is_null()) return std::nullopt;
    return scalar(context, as, value);
  }

  std::optional<TermId> scalar(const Context& context, const Definition& definition,
                               const Json& value) {
    const std::string type = definition.type.value_or("");
    if (value.is_string() && (type == "@id" || type == "@vocab"))
      return resource(
          expand(context, std::string_view(value.get_string()), type == "@vocab", true));
    const std::string datatype = is_keyword(type) ? "" : type;
    const auto typed = [&](std::string_view text, std::string_view natural) {
      return graph_.literal(
          text, {}, datatype.empty() ? std::string(ns::xsd_iri) + std::string(natural) : datatype);
    };
    if (value.is_bool()) return typed(value.get_bool() ? "true" : "false", "boolean");
    if (value.is_int64()) {
      const bool as_double = datatype == std::string(ns::xsd_iri) + "double";
      return typed(as_double ? canonical_double(static_cast<double>(value.get_int64()))
                             : std::to_string(value.get_int64()),
                   "integer");
    }
    if (value.is_uint64()) return typed(std::to_string(value.get_uint64()), "integer");
    if (value.is_double()) {
      const double number = value.get_double();
      if (std::floor(number) == number && std::abs(number) < 1e21 &&
          datatype != std::string(ns::xsd_iri) + "double")
        return typed(fmt::format("{:.0f}", number), "integer");
      return typed(canonical_double(number), "double");
    }
    if (!value.is_string()) return std::nullopt;
    const std::string_view text = value.get_string();
    if (!datatype.empty()) return graph_.literal(text, {}, datatype);
    return graph_.literal(text,
                          definition.language.value_or(type == "@none" ? "" : context.language));
  }

  RdfLimits limits_;
  json_ld::Contexts contexts_;
  Graph graph_;
  std::vector<std::unique_ptr<Json>> kept_;
};

}  // namespace

Result<Graph> read_json_ld(std::string_view text, std::string_view base, RdfLimits limits,
                           const std::map<std::string, Json>& contexts) {
  auto document = parse_json(text, {limits.max_bytes, limits.max_depth * 2});
  if (!document) {
    document.error().code =
        document.error().kind == Kind::too_large ? "rdf_too_large" : "not_json_ld";
    return fail(std::move(document.error()));
  }
  return JsonLdReader(base, limits, contexts).read(*document);
}

}  // namespace minben::interchange

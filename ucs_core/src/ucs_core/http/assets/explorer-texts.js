"use strict";

// What the page says, in both languages, and the queries to begin with.
const TEXTS = {
  zh: {
    other: "English",
    title: "查询工具",
    subtitle: "通用能力服务平台",
    token: "令牌",
    tokenHint: "粘贴 ucs token 的输出；只保存在本标签页",
    schema: "结构",
    schemaEmpty: "填写令牌后显示可查询的类型与字段。",
    schemaFailed: "无法读取结构：",
    back: "返回",
    searchHint: "查找类型或字段",
    query: "查询",
    variables: "变量（JSON）",
    run: "运行",
    running: "运行中…",
    result: "结果",
    resultEmpty: "尚未运行。按 Ctrl+Enter 运行左侧的查询。",
    examples: "示例",
    noneFound: "您可见的资源中没有适合此示例的；请在变量中填写资源名称。",
    badVariables: "变量不是有效的 JSON 对象。",
    unreachable: "平台没有响应。",
    entry: "入口",
    fields: "字段",
    values: "取值",
    inputs: "输入字段",
    types: "全部类型",
    found: "查找结果",
    nothing: "没有找到。",
    kinds: { OBJECT: "对象", INTERFACE: "接口", INPUT_OBJECT: "输入", ENUM: "枚举", SCALAR: "标量", UNION: "联合" },
  },
  en: {
    other: "中文",
    title: "Explorer",
    subtitle: "Universal Capability Service",
    token: "Token",
    tokenHint: "Paste what `ucs token` prints; kept in this tab alone",
    schema: "Schema",
    schemaEmpty: "The types and fields appear once there is a token.",
    schemaFailed: "The schema could not be read: ",
    back: "Back",
    searchHint: "Find a type or field",
    query: "Query",
    variables: "Variables (JSON)",
    run: "Run",
    running: "Running…",
    result: "Result",
    resultEmpty: "Nothing has been run yet. Ctrl+Enter runs the query on the left.",
    examples: "Examples",
    noneFound: "None of the resources that you see fits this example; put a name into the variables.",
    badVariables: "The variables are not a JSON object.",
    unreachable: "The platform does not answer.",
    entry: "Entry points",
    fields: "Fields",
    values: "Values",
    inputs: "Input fields",
    types: "All types",
    found: "Found",
    nothing: "Nothing found.",
    kinds: { OBJECT: "object", INTERFACE: "interface", INPUT_OBJECT: "input", ENUM: "enum", SCALAR: "scalar", UNION: "union" },
  },
};

const EXAMPLES = [
  {
    zh: "我是谁",
    en: "Who am I",
    query: `{
  viewer {
    id
    title
    organization { title { zh en } }
    roles { role anchor }
  }
}`,
  },
  {
    zh: "检索资源",
    en: "Search resources",
    query: `query Search($search: String, $first: Int) {
  resources(
    search: $search
    first: $first
    orderBy: updated_desc
  ) {
    totalCount
    facets(by: [kind]) { values { value count } }
    nodes {
      id
      code
      kind
      title { zh en }
      owner { title { zh en } }
      shareType
      availability
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { search: "水", first: 10 },
  },
  {
    zh: "应用及其依赖",
    en: "Applications and what they need",
    query: `query Graph($filter: ResourceFilter) {
  resources(filter: $filter, first: 3) {
    nodes {
      code
      title { zh en }
      readable
      spec
      dependencies {
        relation
        resource { code kind title { zh en } }
      }
      dependants {
        relation
        resource { code kind title { zh en } }
      }
    }
  }
}`,
    variables: { filter: { kind: "application" } },
  },
  {
    zh: "为何允许或不允许",
    en: "Why may I, or may I not",
    query: `query Why($action: Action!, $resource: ID!) {
  why(action: $action, resource: $resource) {
    allowed
    needsGrant
    policy { id effect }
    remedies { role anchors }
    granters { principal held { role anchor } }
  }
}`,
    variables: { action: "read", resource: "resources/…" },
    find: { variable: "resource", filter: {} },
  },
  {
    zh: "停用后影响谁",
    en: "What breaks if it goes",
    query: `query Impact($resource: ID!) {
  impact(resource: $resource, direction: up, depth: 3, first: 10) {
    total { count kinds { value count } owners { owner { title { zh en } } count } }
    truncated
    nodes { depth via resource { code kind title { zh en } availability } }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { resource: "resources/…" },
    find: { variable: "resource", filter: { kind: "infrastructure" } },
  },
  {
    zh: "业务场景及其健康状况",
    en: "Scenarios and their health",
    query: `query Scenarios($first: Int) {
  scenarios(first: $first) {
    totalCount
    nodes {
      resource { code title { zh en } }
      health
      reasons { trouble resource }
      parts { code kind title { zh en } availability }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { first: 5 },
  },
  {
    zh: "按维度统计（分面）",
    en: "Counts by dimension (facets)",
    query: `query Facets($filter: ResourceFilter) {
  resources(filter: $filter, first: 1) {
    totalCount
    facets(by: [kind, type, share_type, data_level, district, availability]) {
      dimension
      values { value count }
    }
  }
}`,
    variables: { filter: { shareType: "conditional" } },
  },
  {
    zh: "待我审核",
    en: "What waits for my review",
    query: `query Reviews($last: Int) {
  reviews(last: $last) {
    totalCount
    nodes { id code title { zh en } head { number submitter submittedAt } }
    pageInfo { hasPreviousPage startCursor }
  }
}`,
    variables: { last: 10 },
  },
  {
    zh: "最近的日志",
    en: "The latest of the log",
    query: `query Log($last: Int, $before: String) {
  log(last: $last, before: $before) {
    position
    nodes { position at actor verb object outcome reason }
    pageInfo { hasPreviousPage startCursor }
  }
}`,
    variables: { last: 20 },
  },
  {
    zh: "提交草稿（仅校验）",
    en: "Submit a draft (check only)",
    query: `mutation Submit($id: ID!) {
  submitResource(id: $id, validateOnly: true) {
    code
    etag
    head { number state submitter }
  }
}`,
    variables: { id: "resources/…" },
    find: { variable: "id", filter: {}, state: "draft" },
  },
];

// Among these the page looks for a resource that an example can be tried with.
const FIND = `query Find($filter: ResourceFilter) {
  resources(filter: $filter, first: 50) { nodes { id head { state } } }
}`;

const INTROSPECTION = `{
  __schema {
    queryType { name }
    mutationType { name }
    types {
      kind
      name
      description
      fields { name description args { name description type { ...Reference } } type { ...Reference } }
      inputFields { name description type { ...Reference } }
      enumValues { name description }
    }
  }
}
fragment Reference on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

{# Every mart with its Spanish title (`config.meta.title`) and the kinds of files that it is made of, as dbt's own graph has them:
   a list of {relation, title, kinds, reads_ledger}. `reads_ledger`: made of every file received, of any kind, returned ones too, as the marts
   of the folder quality and what hangs on them are. The views over the ledger show this list and are not in it. #}
{% macro marts_of_graph() -%}
    {%- set marts = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() | sort(attribute='name') -%}
            {%- if node.resource_type == 'model' and node.package_name == project_name and node.config.schema == 'marts'
                and node.config.materialized != 'view' -%}
                {%- set behind = nodes_behind(node.unique_id) -%}
                {%- set kinds = [] -%}
                {%- set quality = [] -%}
                {%- for id in behind -%}
                    {%- if id.startswith('source.' ~ project_name ~ '.raw.') -%} {%- do kinds.append(id.split('.')[-1]) -%}
                    {%- elif id in graph.nodes and 'quality' in graph.nodes[id].fqn -%} {%- do quality.append(id) -%} {%- endif -%}
                {%- endfor -%}
                {%- do marts.append({'relation': node.alias, 'title': node.config.meta.get('title') or node.name,
                    'kinds': kinds | sort, 'reads_ledger': quality | length > 0}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(marts) -}}
{%- endmacro %}

{# The node with that id and all that it is made of, directly or through others: ids of models, seeds and sources. #}
{% macro nodes_behind(unique_id) -%}
    {%- set walk = namespace(seen=[unique_id], next=[unique_id]) -%}
    {%- for level in range(100) if walk.next -%}
        {%- set found = [] -%}
        {%- for id in walk.next if id in graph.nodes -%}
            {%- for parent in graph.nodes[id].depends_on.nodes if parent not in walk.seen -%}
                {%- do walk.seen.append(parent) -%}
                {%- do found.append(parent) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set walk.next = found -%}
    {%- endfor -%}
    {{- return(walk.seen) -}}
{%- endmacro %}

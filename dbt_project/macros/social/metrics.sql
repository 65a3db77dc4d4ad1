{# Metrics that add up over the posts of one session or space. The people that a post reached may be those whom another reached, and speakers,
   stages and countries of two posts may be the same ones: those never add up. #}
{% macro additive_social_metrics() %}
    {{- return([
        'plays', 'minutes_played', 'shares', 'likes', 'comments', 'interactions', 'views', 'youtube_views', 'visits', 'platform_visits',
        'broadcasts', 'media_pieces'
    ]) -}}
{% endmacro %}

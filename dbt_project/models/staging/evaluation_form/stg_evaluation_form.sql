{{ rows_with_sessions(
    source('raw', 'evaluation_form'),
    source('audit', 'submission'),
    'evaluation_form',
    ['submitted_at', 'rating_organization', 'rating_clarity', 'rating_relevance', 'rating_participation', 'would_return'],
) }}
